/**
 * Runs one session: a mailbox in front of `step`, a table of handles behind it. Events are taken one at a
 * time; what an effect reports at once is taken before the next event from outside, so that a message finds
 * the rings where the one before it left them. While a reply is owed only the reading of the front-end
 * socket pauses.
 */
import { DisposableStack } from '../base/disposable.ts';
import { Mailbox } from '../base/mailbox.ts';
import type { Result } from '../base/result.ts';
import type { Header } from '../wire/header.ts';
import type { SessionEvent } from './events.ts';
import { Executor } from './executor.ts';
import { Handles } from './handles.ts';
import { isBehindIommu } from './iommu.ts';
import { initialSession, type DesiredQueue } from './initial.ts';
import type { Accelerator, OwnedFd, PortError, QueueStatistics, SampleRow } from './ports.ts';
import type { SessionPorts } from './session-ports.ts';
import type { SessionConfig, SessionState } from './state.ts';
import { step } from './step.ts';
import type { AcceleratorInfo } from './turn.ts';

export class SessionRunner {
  readonly #ports: SessionPorts;
  readonly #handles: Handles;
  readonly #executor: Executor;
  readonly #mailbox: Mailbox<SessionEvent>;
  readonly #reports: SessionEvent[] = [];
  readonly #devices = new DisposableStack();
  #state: SessionState;
  #paused = false;

  constructor(config: SessionConfig, wanted: readonly DesiredQueue[], ports: SessionPorts) {
    this.#ports = ports;
    this.#handles = new Handles(config.name, ports);
    this.#executor = new Executor(ports, this.#handles, {
      reported: (event) => this.#reports.push(event),
      happened: (event) => this.post(event),
    });
    this.#state = initialSession(config, wanted, ports.clock.now());
    this.#mailbox = new Mailbox((event) => this.#handle(event));
    for (const [accelerator, device] of ports.accelerators) {
      this.#devices.add(
        device.onFault((message) => this.post({ kind: 'device-fault', accelerator, message })),
      );
      this.#devices.add(device.onChange(() => this.post({ kind: 'accelerator-changed', accelerator })));
    }
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Ids of the handles that the session holds now. */
  held(): readonly number[] {
    return this.#handles.held();
  }

  post(event: SessionEvent): void {
    this.#mailbox.post(event);
  }

  /**
   * A whole message of the front-end. Takes the fds; `fdCount` also counts those that were closed on arrival.
   */
  receive(frame: {
    readonly header: Header;
    readonly body: Uint8Array;
    readonly fdCount: number;
    readonly fds: readonly OwnedFd[];
  }): void {
    if (this.#state.closed) {
      for (const fd of frame.fds) fd.close();
      return;
    }
    const fds = frame.fds.map((fd) => {
      const { kind, key } = fd.identity();
      return { id: this.#handles.addFd(fd), kind, key };
    });
    const { header, body, fdCount } = frame;
    this.post({ kind: 'frame', header, body, fdCount, fds });
  }

  /**
   * Reads the counters of every queue that has a ring, now. False when nothing moved since the last time, which
   * is then not worth a step, except where standing still is what has to be noticed.
   */
  sample(): boolean {
    const { queues, closed } = this.#state;
    if (closed) return false;
    this.#lookForMisses();
    const rows = this.#executor.sampleAll(queues.length);
    const moved = rows.some((row, index) => !isSameRow(row, queues[index]?.sample ?? null));
    if (moved || queues.some((queue) => queue.phase === 'mapped' || queue.wrap !== null))
      this.post({ kind: 'sampled', rows });
    return moved;
  }

  /** Null for a queue that never had a ring. */
  statistics(index: number): QueueStatistics | null {
    return this.#state.closed ? null : this.#executor.statistics(index);
  }

  /** Who serves a ring within the software path is no state of the session. → the worker before; null as above. */
  assign(index: number, worker: number): Result<number, PortError> | null {
    return this.#state.closed ? null : this.#executor.assign(index, worker);
  }

  #lookForMisses(): void {
    if (!isBehindIommu(this.#state)) return;
    for (const { index, translation, owner } of this.#state.queues) {
      if (owner.kind !== 'engine' || translation !== null) continue;
      const miss = this.#executor.miss(index);
      if (miss !== null) this.post({ kind: 'missed', queue: index, miss });
    }
  }

  #handle(event: SessionEvent): void {
    if (this.#state.closed) return;
    const before = this.#state;
    this.#step(event);
    for (let next = this.#reports.shift(); next !== undefined; next = this.#reports.shift()) this.#step(next);
    if (this.state.closed) this.#finish();
    else this.#settleReading();
    this.#ports.changed(before, this.#state);
  }

  #step(event: SessionEvent): void {
    const { clock, pageSize, accelerators } = this.#ports;
    const result = step(this.#state, event, {
      now: clock.now(),
      pageSize,
      accelerators: [...accelerators.values()].map(acceleratorInfo),
      linkUp: this.#isLinkUp(),
    });
    this.#state = result.state;
    for (const effect of result.effects) this.#executor.run(effect);
    if (result.reply.kind === 'now') this.#ports.sendReply(result.reply.frame, result.reply.name);
    for (const effect of result.afterReply) this.#executor.run(effect);
  }

  /** Up unless a link that is the guest's is known to be down. */
  #isLinkUp(): boolean {
    const linkOf = this.#state.config.netConfig?.linkOf ?? null;
    return linkOf === null || this.#ports.accelerators.get(linkOf)?.hardware()?.link !== 'down';
  }

  #settleReading(): void {
    const paused = this.#state.owed !== null;
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) this.#ports.pauseReading();
    else this.#ports.resumeReading();
  }

  #finish(): void {
    this.#mailbox.close();
    this.#executor.dispose();
    this.#devices.dispose();
    const forgotten = this.#handles.close();
    if (forgotten > 0)
      this.#ports.log('error', null, 'internal', `${forgotten} handles were left when the session ended`);
  }
}

function isSameRow(row: SampleRow | null, before: SampleRow | null): boolean {
  if (row === null || before === null) return row === before;
  return (
    row.availIdx === before.availIdx &&
    row.usedIdx === before.usedIdx &&
    row.kicks === before.kicks &&
    row.doorbells === before.doorbells &&
    row.interrupts === before.interrupts &&
    row.calls === before.calls &&
    row.engineDescriptors === before.engineDescriptors &&
    row.deviceDescriptors === before.deviceDescriptors &&
    row.provenWakes === before.provenWakes &&
    row.toStart === before.toStart &&
    row.drops === before.drops &&
    row.broken === before.broken &&
    row.blackoutNs === before.blackoutNs
  );
}

function acceleratorInfo(accelerator: Accelerator): AcceleratorInfo {
  const { usable, problem } = accelerator.probe();
  const { features, restoreIndex, stopPerQueue, preparesAhead, logsDirtyPages } = accelerator.capabilities;
  return {
    id: accelerator.id,
    features,
    restoreIndex,
    stopPerQueue,
    preparesAhead,
    logsDirtyPages,
    hasGroup: (accelerator.group()?.fd ?? null) !== null,
    usable,
    problem: problem?.message ?? null,
  };
}
