/** One connection of a front-end: its channel, its runner, and what joins them. */
import type { Io, Stream } from '../addon/surface.ts';
import { ok, type Result } from '../base/result.ts';
import { MessageChannel } from '../channel/message-channel.ts';
import type { EndpointOptions, LogLine } from '../engine/endpoints.ts';
import { guestMac } from '../engine/guest-mac.ts';
import type { DesiredQueue } from '../engine/initial.ts';
import type {
  Accelerator,
  Clock,
  DataPath,
  DataPathSession,
  MapsAnswer,
  PortError,
  Station,
  Tap,
  Uplink,
  UplinkState,
} from '../engine/ports.ts';
import { SessionRunner } from '../engine/runner.ts';
import type { SessionConfig, SessionState } from '../engine/state.ts';
import type { Dialect } from '../wire/dialect.ts';
import { BACKEND, type BackendRow } from '../wire/table/backend.ts';
import { FRONTEND, type FrontendRow } from '../wire/table/frontend.ts';
import { describeChannelEnd, openBackEndChannel, type ChannelTap } from './back-end-channel.ts';
import { MAX_MEMORY_SLOTS, offeredFeatures, offeredProtocol } from './offered.ts';
import { RateLimit } from './rate-limit.ts';

/** What endpoints have in common. */
export interface Surroundings {
  readonly io: Io;
  readonly clock: Clock;
  readonly dataPath: DataPath;
  /** The first is what queues use that name none. */
  readonly accelerators: readonly Accelerator[];
  readonly tap: Tap | null;
}

export interface ConnectionListener {
  onChange(before: SessionState, after: SessionState): void;
  onLog(line: LogLine): void;
  /** A message was refused or ignored. */
  onBadMessage(): void;
  /** The network behind the accelerator was connected, or is not any more. */
  onUplink(): void;
  /** Once; the session is over and all that it held is closed. */
  onEnd(message: string): void;
}

const NAMES = new Map(Object.values<FrontendRow>(FRONTEND).map((row) => [row.id, row.name]));

export class Connection {
  readonly #name: string;
  readonly #dialect: Dialect;
  readonly #surroundings: Surroundings;
  readonly #listener: ConnectionListener;
  readonly #channel: MessageChannel;
  readonly #runner: SessionRunner;
  readonly #limit = new RateLimit();
  readonly #pid: number | null;
  readonly #station: Station;
  readonly #uplink: Uplink | null;
  readonly #dataPath: DataPathSession;
  #endedBy: string | null = null;

  /** Takes the stream. */
  constructor(
    options: EndpointOptions,
    wanted: readonly DesiredQueue[],
    stream: Stream,
    surroundings: Surroundings,
    listener: ConnectionListener,
  ) {
    this.#name = options.name;
    this.#dialect = options.dialect;
    this.#surroundings = surroundings;
    this.#listener = listener;
    this.#channel = new MessageChannel(stream, {
      onMessage: (frame) => {
        this.#tap('front-end', 'received', nameOf(frame.header.request), frame.body, frame.fdCount);
        this.#runner.receive(frame);
      },
      onClosed: (reason) => {
        const message = describeChannelEnd(reason);
        if (reason.kind === 'framing') this.#badMessage(reason.error.kind, message);
        this.end(message);
      },
    });
    this.#pid = this.#channel.peer()?.pid ?? null;
    this.#station = { mac: options.mac, learned: () => this.#dataPath.addresses() };
    const uplink = this.#openUplink(options.uplink);
    this.#uplink = uplink.ok ? uplink.value : null;
    this.#dataPath = surroundings.dataPath.session(this.#uplink);
    this.#runner = this.#createRunner(configOf(options, surroundings, this.#pid), wanted);
    // Before its first message: its frames are not meant for the switch.
    if (!uplink.ok)
      queueMicrotask(() => {
        this.end(uplink.error.message);
      });
  }

  get state(): SessionState {
    return this.#runner.state;
  }

  /** Process behind the socket; null where the kernel does not tell. */
  get pid(): number | null {
    return this.#pid;
  }

  get runner(): SessionRunner {
    return this.#runner;
  }

  /** Null where its network is the switch. */
  get uplink(): UplinkState | null {
    return this.#uplink?.state() ?? null;
  }

  /** Ends the session and closes the socket. */
  end(message: string): void {
    if (this.#endedBy !== null) return;
    this.#endedBy = message;
    this.#channel.close();
    this.#runner.post({ kind: 'disconnected', message });
  }

  /** The endpoint was added only because the accelerator has one. */
  #openUplink(accelerator: string | null): Result<Uplink | null, PortError> {
    const found = this.#surroundings.accelerators.find((one) => one.id === accelerator);
    const uplink = found?.uplink(this.#name, this.#station) ?? ok(null);
    if (!uplink.ok || uplink.value === null) return uplink;
    const { value } = uplink;
    const { accelerator: id } = value;
    value.onChange(() => {
      this.#tellUplink(id, value.state());
      // The device tells of its link from now on, or no more.
      this.#runner.post({ kind: 'accelerator-changed', accelerator: id });
    });
    return uplink;
  }

  #tellUplink(accelerator: string, { connected, problem }: UplinkState): void {
    if (connected) this.#log('note', null, 'uplink', `Frames in software pass ${accelerator}`);
    else if (problem !== null) this.#log('warn', null, 'uplink', `No frames pass ${accelerator}: ${problem}`);
    this.#listener.onUplink();
  }

  #createRunner(config: SessionConfig, wanted: readonly DesiredQueue[]): SessionRunner {
    const { io, clock, accelerators } = this.#surroundings;
    const pid = this.#pid;
    return new SessionRunner(config, wanted, {
      clock,
      dataPath: this.#dataPath,
      station: this.#station,
      accelerators: new Map(accelerators.map((accelerator) => [accelerator.id, accelerator])),
      pageSize: BigInt(io.pageSize()),
      sendReply: (frame, name) => {
        this.#tap('front-end', 'sent', name, frame, 0);
        this.#channel.send(frame);
      },
      pauseReading: () => this.#channel.pause(),
      resumeReading: () => this.#channel.resume(),
      closeConnection: (message) => this.end(message),
      openBackEnd: (fd, listener) => openBackEndChannel(io, fd, listener, this.#backEndTap()),
      queryMaps: (fd, offset) => {
        if (pid === null) return denied('The kernel does not tell who is behind the socket');
        if (pid === process.pid)
          return denied('The front-end lives in this process, which maps the page itself');
        return io.mapsOf(pid, fd, offset);
      },
      log: (severity, queue, code, message) => this.#log(severity, queue, code, message),
      badMessage: (code, message) => this.#badMessage(code, message),
      changed: (before, after) => {
        this.#listener.onChange(before, after);
        if (after.closed) this.#listener.onEnd(this.#endedBy ?? 'closed');
      },
    });
  }

  #log(severity: LogLine['severity'], queue: number | null, code: string, message: string): void {
    const at = this.#surroundings.clock.now();
    this.#listener.onLog({ at, severity, session: this.#name, queue, code, message });
  }

  #badMessage(code: string, message: string): void {
    this.#listener.onBadMessage();
    const heldBack = this.#limit.admit(code, this.#surroundings.clock.now());
    if (heldBack === null) return;
    const suffix = heldBack === 0 ? '' : ` (${heldBack} more like it were not logged)`;
    this.#log(code === 'noted' ? 'note' : 'warn', null, code, message + suffix);
  }

  #tap(
    channel: 'front-end' | 'back-end',
    direction: 'received' | 'sent',
    name: string,
    bytes: Uint8Array,
    fds: number,
  ): void {
    const { tap, clock } = this.#surroundings;
    tap?.message({ at: clock.now(), session: this.#name, channel, direction, name, bytes, fds });
  }

  #backEndTap(): ChannelTap {
    const nameOf = (request: number): string => backEndName(request, this.#dialect);
    return {
      sent: (request, bytes, fds) => this.#tap('back-end', 'sent', nameOf(request), bytes, fds),
      received: (request, bytes, fds) => this.#tap('back-end', 'received', nameOf(request), bytes, fds),
    };
  }
}

function backEndName(request: number, dialect: Dialect): string {
  const rows = Object.values<BackendRow>(BACKEND);
  return (
    rows.find((row) => row.id === request && row.dialects.includes(dialect))?.name ?? `request ${request}`
  );
}

const nameOf = (request: number): string => NAMES.get(request) ?? `request ${request}`;

const denied = (reason: string): Promise<MapsAnswer> => Promise.resolve({ kind: 'denied', reason });

function configOf(options: EndpointOptions, surroundings: Surroundings, pid: number | null): SessionConfig {
  const { dataPath, accelerators } = surroundings;
  const { dialect, queuePairs, iommu } = options;
  // The draft of 2018 has no messages for either.
  const mtu = dialect === 'upstream' ? options.mtu : null;
  const netConfig =
    dialect === 'upstream' && options.config
      ? { mac: guestMac(options, accelerators), linkOf: options.uplink }
      : null;
  const offer = { dialect, queuePairs, mtu, iommu, netConfig };
  return {
    name: options.name,
    dialect,
    queuePairs,
    offeredFeatures: offeredFeatures(dataPath.features, accelerators, offer),
    offeredProtocol: offeredProtocol(offer),
    unmapsAtOnce: options.simulated || pid === process.pid,
    maxMemorySlots: MAX_MEMORY_SLOTS,
    maxMtu: mtu,
    netConfig,
  };
}
