/** `doorbell vmm`: a front-end without a virtual machine, for labs and for authors of back-ends. */
import { loadAddon } from '../../main/addon/load.ts';
import { GUEST_SAMPLE_FIELDS, type Traffic } from '../../main/addon/surface.ts';
import { ok, err, type Result } from '../../main/base/result.ts';
import type { VmmEvent } from '../../main/vmm/effects.ts';
import type { ProfileName } from '../../main/vmm/profiles/profile.ts';
import { PROFILES } from '../../main/vmm/profiles/all.ts';
import { Vmm } from '../../main/vmm/vmm.ts';
import type { Dialect } from '../../main/wire/dialect.ts';

export type { VmmEvent };
export type { ProfileName };
export const PROFILE_NAMES: readonly ProfileName[] = Object.values(PROFILES).map(({ name }) => name);

export interface SimulatedVmOptions {
  /** The socket of a back-end that listens, or of this front-end, to which a back-end connects. */
  readonly place: { readonly kind: 'connect' | 'listen'; readonly path: string };
  readonly profile: ProfileName;
  readonly dialect: Dialect;
  /** 1…16. */
  readonly queuePairs: number;
  readonly traffic: 'ping' | 'stream' | 'none';
  /** Its guest is behind an IOMMU that takes translations away again, INVALIDATE_RATE times a second. */
  readonly iommu: boolean;
  readonly onEvent: (event: VmmEvent) => void;
}

/** One queue pair, as the guest counts. */
export interface PairTraffic {
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly corrupted: number;
  readonly kicks: number;
  readonly doorbells: number;
  readonly interrupts: number;
}

export interface SimulatedVm {
  /** Null while there is no guest: not connected yet. */
  traffic(): readonly PairTraffic[] | null;
  /** Why it ended by itself; resolves at `end` with null. */
  readonly ended: Promise<string | null>;
  /** Stops the rings, for at most STOP_MS, and closes everything. */
  end(): Promise<void>;
}

const INVALIDATE_RATE = 20;
/** Echo requests per second and pair. */
const PING_RATE = 50;
const TRAFFIC: Readonly<Record<SimulatedVmOptions['traffic'], Traffic>> = {
  ping: { kind: 'ping', rate: PING_RATE },
  stream: { kind: 'stream', rate: 0 },
  none: { kind: 'none' },
};
const RETRY_MS = 500;
/** A back-end that hangs does not keep this process. */
const STOP_MS = 1_000;

/** Runs until `end`: a back-end that goes away is waited for again, as a VMM with a reconnecting socket does. */
export function startSimulatedVm(options: SimulatedVmOptions): Result<SimulatedVm, string> {
  const { place, profile, dialect, queuePairs, iommu } = options;
  const vmm = new Vmm(loadAddon(), { name: 'vmm', profile: PROFILES[profile], dialect, queuePairs, iommu });
  let settle: (why: string | null) => void = () => undefined;
  const ended = new Promise<string | null>((resolve) => (settle = resolve));
  let isEnding = false;

  const start = async (): Promise<void> => {
    const started = await vmm.start();
    if (started.ok) vmm.guest?.run(TRAFFIC[options.traffic]);
    else if (!isEnding && started.error.code === 'refused') settle(started.error.message);
  };
  const connect = async (): Promise<void> => {
    if (isEnding) return;
    const connected = await vmm.connect(place.path);
    // A back-end that lacks what is needed lacks it the next time too.
    if (!connected.ok && connected.error.code === 'features') settle(connected.error.message);
  };
  let retry: NodeJS.Timeout | null = null;
  const keepConnecting = (): void => {
    retry = setInterval(() => {
      if (vmm.snapshot().link === 'disconnected') void connect();
    }, RETRY_MS);
    void connect();
  };

  // A guest's driver maps and unmaps while traffic runs.
  const invalidation = iommu ? setInterval(() => void vmm.invalidate(), 1000 / INVALIDATE_RATE) : null;

  vmm.onEvent((event) => {
    options.onEvent(event);
    if (event.kind === 'connected') void start();
  });
  if (place.kind === 'connect') keepConnecting();
  const listener = place.kind === 'listen' ? vmm.listen(place.path) : null;
  if (listener?.ok === false) {
    vmm.close();
    return err(`${place.path}: ${listener.error.message}`);
  }
  return ok({
    ended,
    traffic: () => (vmm.guest === null ? null : rows(vmm.guest.sample())),
    end: async () => {
      isEnding = true;
      if (retry !== null) clearInterval(retry);
      if (invalidation !== null) clearInterval(invalidation);
      vmm.guest?.run({ kind: 'none' });
      await Promise.race([vmm.stop(), new Promise((resolve) => setTimeout(resolve, STOP_MS).unref())]);
      if (listener?.ok === true) listener.value.close();
      vmm.close();
      settle(null);
    },
  });
}

function rows(sample: Float64Array): readonly PairTraffic[] {
  const width = GUEST_SAMPLE_FIELDS.length;
  return Array.from({ length: sample.length / width }, (_, pair) => {
    const field = (name: (typeof GUEST_SAMPLE_FIELDS)[number]): number =>
      sample[pair * width + GUEST_SAMPLE_FIELDS.indexOf(name)] ?? 0;
    return {
      sent: field('sent'),
      received: field('received'),
      lost: field('lost'),
      duplicated: field('duplicated'),
      reordered: field('reordered'),
      corrupted: field('corrupted'),
      kicks: field('kicks'),
      doorbells: field('doorbells'),
      interrupts: field('interrupts'),
    };
  });
}
