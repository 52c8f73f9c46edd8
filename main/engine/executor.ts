/**
 * Carries out effects with real handles. What ends within the call reports at once; timers, answers and looks
 * into maps report later.
 */
import type { Disposable } from '../base/disposable.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Effect, RequestFd } from './effects.ts';
import type { Report, SessionEvent } from './events.ts';
import type { Handles } from './handles.ts';
import type { EffectId, LogId, MemoryId } from './ids.ts';
import type {
  BackEndLink,
  MappedMemory,
  OwnedFd,
  PortError,
  QueueStatistics,
  SampleRow,
  TranslationMiss,
} from './ports.ts';
import type { SessionPorts } from './session-ports.ts';

/** Effects that end within the call. */
type Operation = Extract<
  Effect,
  { readonly kind: Exclude<Report['of'], 'timer' | 'query-maps' | 'prepare'> }
>;
type EffectOf<Kind extends Effect['kind']> = Extract<Effect, { readonly kind: Kind }>;

export interface ExecutorListener {
  /** The effect ended within the call that asked for it. */
  reported(event: SessionEvent): void;
  /** Something came from outside. */
  happened(event: SessionEvent): void;
}

export class Executor implements Disposable {
  readonly #ports: SessionPorts;
  readonly #handles: Handles;
  readonly #listener: ExecutorListener;
  readonly #timers = new Set<Disposable>();
  #backEnd: BackEndLink | null = null;
  #disposed = false;

  constructor(ports: SessionPorts, handles: Handles, listener: ExecutorListener) {
    this.#ports = ports;
    this.#handles = handles;
    this.#listener = listener;
  }

  /** Ends timers and the back-end channel; nothing is reported afterwards. */
  dispose(): void {
    this.#disposed = true;
    for (const timer of this.#timers) timer.dispose();
    this.#timers.clear();
    this.#closeBackEnd();
  }

  run(effect: Effect): void {
    const handles = this.#handles;
    switch (effect.kind) {
      case 'close-fd':
        handles.closeFd(effect.fd);
        return;
      case 'close-area':
        handles.closeArea(effect.area);
        return;
      case 'release-memory':
        handles.releaseMemory(effect.memory);
        return;
      case 'release-log':
        handles.releaseLog(effect.log);
        return;
      case 'close-queue':
        handles.closeQueue(effect.queue);
        return;
      case 'close-back-end':
        this.#closeBackEnd();
        return;
      case 'set-notifier':
        this.#setNotifier(effect);
        return;
      case 'set-enabled':
        handles.queue(effect.queue).setEnabled(effect.enabled);
        return;
      case 'set-guard-poll':
        handles.queue(effect.queue).setGuardPoll(effect.on);
        return;
      case 'set-log':
        handles.queue(effect.queue).setLog(effect.log === null ? null : handles.log(effect.log), effect.used);
        return;
      case 'set-hold':
        handles.queue(effect.queue).setHoldAtStart(effect.on);
        return;
      case 'unprepare':
        handles.unprepare(effect.queue, effect.accelerator);
        return;
      case 'announce':
        this.#ports.dataPath.announce(effect.mac);
        return;
      case 'send-request':
        this.#sendRequest(effect);
        return;
      case 'timer':
        this.#startTimer(effect);
        return;
      case 'query-maps':
        this.#queryMaps(effect);
        return;
      case 'prepare':
        void this.#prepare(effect).then((result) => {
          this.#later(effect.id, { of: 'prepare', queue: effect.queue, result });
        });
        return;
      case 'log':
        this.#ports.log(effect.severity, effect.queue, effect.code, effect.message);
        return;
      case 'bad-message':
        this.#ports.badMessage(effect.code, effect.message);
        return;
      case 'close-session':
        this.#ports.closeConnection(effect.message);
        return;
      default:
        this.#listener.reported({ kind: 'done', effect: effect.id, report: this.#operate(effect) });
    }
  }

  #operate(effect: Operation): Report {
    const handles = this.#handles;
    switch (effect.kind) {
      case 'map-memory':
        return { of: 'map-memory', result: this.#mapMemory(effect) };
      case 'map-log':
        return { of: 'map-log', result: this.#mapLog(effect) };
      case 'open-back-end':
        return { of: 'open-back-end', result: this.#openBackEnd(effect) };
      case 'start': {
        const result = this.#withMemory(effect.memory, (memory) =>
          handles.queue(effect.queue).start(memory, effect.ring),
        );
        return { of: 'start', queue: effect.queue, result };
      }
      case 'replace-memory': {
        const result = this.#withMemory(effect.memory, (memory) =>
          handles.queue(effect.queue).replaceMemory(memory),
        );
        return { of: 'replace-memory', queue: effect.queue, result };
      }
      case 'stop': {
        const { base } = handles.queue(effect.queue).stop();
        handles.letGo(effect.queue);
        return { of: 'stop', queue: effect.queue, base };
      }
      case 'handover-to': {
        const device = handles.reserve(effect.queue, effect.accelerator);
        if (!device.ok) return { of: 'handover-to', queue: effect.queue, result: device };
        const result = handles.queue(effect.queue).handoverTo(device.value.target);
        if (result.ok) handles.hold(effect.queue, effect.accelerator, device.value);
        return { of: 'handover-to', queue: effect.queue, result };
      }
      case 'handover-back': {
        const result = handles.queue(effect.queue).handoverBack();
        handles.letGo(effect.queue);
        return { of: 'handover-back', queue: effect.queue, result };
      }
      case 'take-area':
        return { of: 'take-area', queue: effect.queue, result: handles.takeArea(effect.queue) };
      case 'translate':
        return { of: 'translate', result: this.#ports.dataPath.translate(effect.translation) };
      case 'forget-translations':
        this.#ports.dataPath.forgetTranslations(effect.iova, effect.size);
        return { of: 'forget-translations' };
      case 'read-miss':
        return { of: 'read-miss', queue: effect.queue, miss: this.miss(effect.queue) };
      case 'sample':
        return { of: 'sample', queue: effect.queue, row: this.sample(effect.queue) };
    }
  }

  /** Counters of one queue; null for one that never had a ring. */
  sample(index: number): SampleRow | null {
    const queue = this.#handles.madeQueue(index);
    if (queue === null) return null;
    return this.#ports.dataPath.sample([queue])[0] ?? null;
  }

  /** What a ring waits for; null for one that waits for nothing. */
  miss(index: number): TranslationMiss | null {
    return this.#handles.madeQueue(index)?.miss() ?? null;
  }

  /** Counters of all queues, in one call; null for those that never had a ring. */
  sampleAll(count: number): readonly (SampleRow | null)[] {
    const made = Array.from({ length: count }, (_, index) => this.#handles.madeQueue(index));
    const rows = this.#ports.dataPath.sample(made.filter((queue) => queue !== null)).values();
    return made.map((queue) => (queue === null ? null : (rows.next().value ?? null)));
  }

  /** Null for a queue that never had a ring. */
  statistics(index: number): QueueStatistics | null {
    const queue = this.#handles.madeQueue(index);
    return queue === null ? null : this.#ports.dataPath.statistics(queue);
  }

  /** → the worker that served it; null for a queue that never had a ring. */
  assign(index: number, worker: number): Result<number, PortError> | null {
    const queue = this.#handles.madeQueue(index);
    return queue === null ? null : this.#ports.dataPath.assign(queue, worker);
  }

  #withMemory(id: MemoryId, use: (memory: MappedMemory) => Result<void, PortError>): Result<void, PortError> {
    const memory = this.#handles.memory(id);
    return memory === null ? err({ code: 'internal', message: 'The memory table is gone' }) : use(memory);
  }

  #mapMemory(effect: EffectOf<'map-memory'>): Result<MemoryId, PortError> {
    const regions = effect.regions.flatMap(({ region, fd }) => {
      const handle = this.#handles.fd(fd);
      return handle === null ? [] : [{ region, fd: handle }];
    });
    const mapped = this.#ports.dataPath.mapMemory(regions);
    return mapped.ok ? ok(this.#handles.addMemory(mapped.value)) : mapped;
  }

  #mapLog({ fd, offset, size }: EffectOf<'map-log'>): Result<LogId, PortError> {
    const handle = this.#handles.takeFd(fd);
    if (handle === null) return err({ code: 'internal', message: 'The fd of the log is gone' });
    const mapped = this.#ports.dataPath.mapLog(handle, offset, size);
    handle.close();
    return mapped.ok ? ok(this.#handles.addLog(mapped.value)) : mapped;
  }

  #setNotifier({ queue, which, fd }: EffectOf<'set-notifier'>): void {
    const handle = fd === null ? null : this.#handles.fd(fd);
    const target = this.#handles.queue(queue);
    if (which === 'kick') target.setKick(handle);
    else if (which === 'call') target.setCall(handle);
    else target.setErr(handle);
  }

  #openBackEnd(effect: EffectOf<'open-back-end'>): Result<void, PortError> {
    const fd = this.#handles.takeFd(effect.fd);
    if (fd === null) return err({ code: 'internal', message: 'The channel fd is gone' });
    const link = this.#ports.openBackEnd(fd, {
      onAnswer: (value) => this.#listener.happened({ kind: 'answer', value }),
      onLost: (message) => this.#listener.happened({ kind: 'back-end-lost', message }),
    });
    if (!link.ok) return link;
    this.#backEnd = link.value;
    return ok(undefined);
  }

  #closeBackEnd(): void {
    this.#backEnd?.close();
    this.#backEnd = null;
  }

  #sendRequest({ frame, fd }: EffectOf<'send-request'>): void {
    const along = fd === null ? null : this.#requestFd(fd);
    this.#backEnd?.send(frame, along === null ? [] : [along]);
  }

  #requestFd(fd: RequestFd): OwnedFd | null {
    if (fd.kind === 'area') return this.#handles.area(fd.area)?.fd ?? null;
    return this.#ports.accelerators.get(fd.accelerator)?.group()?.fd ?? null;
  }

  async #prepare({ queue, accelerator }: EffectOf<'prepare'>): Promise<Result<void, PortError>> {
    const device = this.#handles.reserve(queue, accelerator);
    return device.ok ? this.#handles.queue(queue).prepare(device.value.target) : device;
  }

  #startTimer({ id, queue, milliseconds }: EffectOf<'timer'>): void {
    const timer = this.#ports.clock.after(milliseconds, () => {
      this.#timers.delete(timer);
      this.#later(id, { of: 'timer', queue });
    });
    this.#timers.add(timer);
  }

  #queryMaps({ id, queue, area }: EffectOf<'query-maps'>): void {
    const page = this.#handles.area(area);
    if (page === null) {
      this.#later(id, { of: 'query-maps', queue, answer: { kind: 'denied', reason: 'The page is gone' } });
      return;
    }
    void this.#ports.queryMaps(page.fd, page.offset).then((answer) => {
      this.#later(id, { of: 'query-maps', queue, answer });
    });
  }

  #later(effect: EffectId, report: Report): void {
    if (!this.#disposed) this.#listener.happened({ kind: 'done', effect, report });
  }
}
