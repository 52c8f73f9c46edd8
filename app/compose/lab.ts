/** `doorbell lab`: an engine and guests of its own in a private folder, measured and ended again. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAddon } from '../../main/addon/load.ts';
import type { Traffic } from '../../main/addon/surface.ts';
import { err, ok, type Result } from '../../main/base/result.ts';
import type { LabEngine, LabFailure } from '../../main/lab/engine-view.ts';
import type { RingShape } from '../../main/lab/lab-guests.ts';
import type { LabSummary } from '../../main/lab/lab-summary.ts';
import { runLab } from '../../main/lab/run-lab.ts';
import type { CommandError } from '../contract/commands.ts';
import type { ServiceClient } from '../contract/service.ts';
import type { Dialect } from '../contract/words.ts';
import { startEngine } from './engine.ts';
import { endpointOptions, type EndpointOptions } from './options.ts';
import type { RunningEngine, StartError } from './running-engine.ts';

export type { LabSummary };

export interface LabRunOptions {
  /** Simulated VMs, each on an endpoint of its own. */
  readonly guests: number;
  /** 1…16 each. */
  readonly queuePairs: number;
  readonly rings: RingShape;
  readonly traffic: Traffic;
  /** Of the two measured legs together. */
  readonly seconds: number;
  /** Changes of owner after the legs, over all queues. */
  readonly toggles: number;
  readonly seed: number;
  readonly dialect: Dialect;
  readonly onStage: (stage: string) => void;
  /** Ends everything early. */
  readonly signal?: AbortSignal;
}

/** What `doorbell lab` does unless told otherwise. */
export const LAB_DEFAULTS: Omit<LabRunOptions, 'onStage'> = {
  guests: 1,
  queuePairs: 4,
  rings: { queueSize: 256, packed: false },
  // Each frame notifies by itself at this rate, so kicks and doorbells can be compared one to one.
  traffic: { kind: 'ping', rate: 2_000 },
  seconds: 10,
  toggles: 80,
  seed: 1,
  dialect: 'upstream',
};

const endpoint = (folder: string, { queuePairs, dialect }: LabRunOptions, i: number): EndpointOptions => {
  const path = join(folder, `lab${i}.sock`);
  return endpointOptions({ name: `lab${i}`, path, dialect, queuePairs, simulated: true });
};

const refused = ({ code, message }: CommandError): Result<never, LabFailure> =>
  err({ code: 'engine', message: `${code}: ${message}` });

/** The engine as any client sees it, and what its threads cost. */
function viewOf(engine: RunningEngine, client: ServiceClient): LabEngine {
  return {
    async snapshot() {
      const status = await client.call('status.get', {});
      return status.ok ? ok(status.value.sessions) : refused(status.error);
    },
    async setDesired(session, queue, desired) {
      const sent = await client.call('queue.set', { session, index: queue, desired, accelerator: null });
      return sent.ok ? ok(undefined) : refused(sent.error);
    },
    cpu: () => engine.cpu(),
  };
}

/** Everything it started has ended when it resolves. */
export async function runLabAlone(
  options: LabRunOptions,
): Promise<Result<LabSummary, LabFailure | StartError>> {
  const folder = await mkdtemp(join(tmpdir(), 'doorbell-lab-'));
  try {
    const endpoints = Array.from({ length: options.guests }, (_, i) => endpoint(folder, options, i));
    const engine = await startEngine({
      endpoints,
      accelerators: [{ kind: 'emulated', id: 'emulated1' }],
    });
    if (!engine.ok) return engine;
    const client = engine.value.service.connect();
    try {
      // Whoever asks for the end does not wait for the measurement: its guests end with the engine.
      const aborted = new Promise<Result<never, LabFailure>>((resolve) =>
        options.signal?.addEventListener('abort', () =>
          resolve(err({ code: 'engine', message: 'ended before its measurement was complete' })),
        ),
      );
      const measured = runLab(loadAddon(), viewOf(engine.value, client), {
        ...options,
        legSeconds: options.seconds / 2,
        guests: endpoints.map(({ name, path }) => ({
          session: name,
          socket: path,
          queuePairs: options.queuePairs,
          dialect: options.dialect,
        })),
      });
      return await Promise.race([measured, aborted]);
    } finally {
      client.dispose();
      await engine.value.end();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
