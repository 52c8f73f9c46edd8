/**
 * One random history, end to end but for the sockets: the real engine of one session against a front-end that
 * behaves as QEMU does, its records as the report makes them, and the panel's store as the events reach it
 * (late, twice, or not at all).
 */
import type { StateEvent } from '../../app/contract/events.ts';
import type { QueueSnapshot, SessionSnapshot } from '../../app/contract/snapshot.ts';
import type { Desired } from '../../app/contract/words.ts';
import type { SessionState } from '../../main/engine/state.ts';
import { SessionBench } from '../../main/engine/testing/session-bench.ts';
import { acceleratorSnapshot } from '../../main/report/accelerators.ts';
import { sessionSnapshot } from '../../main/report/session-snapshot.ts';
import { FAKE_OPTIONS } from '../../main/report/testing/fake-endpoints.ts';
import { apply } from '../../renderer/store/apply.ts';
import { emptyState, type PanelState } from '../../renderer/store/state.ts';

export const QUEUES = [0, 1, 2, 3] as const;
export type Index = (typeof QUEUES)[number];

export type OfQueue = 'cancel' | 'acknowledge' | 'start' | 'stop' | 'traffic' | 'kicks' | 'forget' | 'break';
export type OfSession = 'memory' | 'answer' | 'settle' | 'reconnect' | 'sample';
/** What happens between engine and panel. */
export type OfPanel = 'lose-event' | 'repeat-event' | 'panel-lost' | 'panel-back';

export type Act =
  | { readonly do: 'desire'; readonly queue: Index; readonly desired: Desired }
  | { readonly do: OfQueue; readonly queue: Index }
  | { readonly do: OfSession | OfPanel }
  | { readonly do: 'freeze' | 'page-per-vq' | 'share-page' | 'readable-maps'; readonly on: boolean }
  | { readonly do: 'pass'; readonly milliseconds: number };

/** What the engine says to whoever watches; a lost one was numbered and never sent. */
export type Said =
  { readonly event: StateEvent; readonly isLost: boolean } | { readonly link: 'cut' | 'back' };

export class History {
  /** Hears what the panel of this history hears, as it happens. */
  onSaid: (said: Said) => void = () => undefined;
  bench = makeBench(QUEUES.map(() => 'software'));
  panel: PanelState = emptyState(0);
  /** What the operator asked for last. */
  readonly desired: Desired[] = QUEUES.map(() => 'software');
  /** Pages that the front-end dropped without a word. */
  readonly forgotten = new Set<Index>();
  #told: { readonly engine: SessionState; readonly session: SessionSnapshot } | null = null;
  #seq = 0;
  #last: StateEvent | null = null;
  #losesNext = false;

  constructor() {
    for (const index of QUEUES) this.#start(index);
    this.#show();
  }

  get isConnected(): boolean {
    return !this.bench.runner.state.closed;
  }

  /** The picture is live and has missed nothing: what it shows must be what is so. */
  get isShown(): boolean {
    return this.panel.seq === this.#seq && this.panel.link.kind === 'connected';
  }

  /** As the panel shows it. */
  shown(index: Index): QueueSnapshot | undefined {
    return this.panel.queues.get(`vm0/${index}`);
  }

  async take(act: Act): Promise<void> {
    await this.#do(act);
    this.#tell();
  }

  async #do(act: Act): Promise<void> {
    const { bench } = this;
    switch (act.do) {
      case 'desire':
        this.desired[act.queue] = act.desired;
        bench.setDesired(act.queue, act.desired);
        return;
      case 'cancel':
        this.desired[act.queue] = 'software';
        bench.runner.post({ kind: 'cancel', queue: act.queue, request: 0 });
        return;
      case 'acknowledge':
        bench.runner.post({ kind: 'acknowledge', queue: act.queue });
        return;
      case 'start':
        if (!bench.frontEnd.frozen) this.#start(act.queue);
        return;
      case 'stop':
        if (!bench.frontEnd.frozen) bench.stopRing(act.queue);
        return;
      case 'traffic':
        this.#traffic(act.queue);
        return;
      case 'kicks':
        this.#kick(act.queue);
        return;
      case 'forget':
        if (bench.frontEnd.mapped.has(act.queue)) this.forgotten.add(act.queue);
        bench.frontEnd.forget(act.queue);
        return;
      case 'break': {
        const ring = bench.dataPath.queues.get(act.queue);
        if (ring !== undefined && ring.owner !== 'nobody') ring.counters.broken = 'ring-chain-too-long';
        bench.runner.sample();
        return;
      }
      case 'memory':
        if (!bench.frontEnd.frozen) bench.setMemory();
        return;
      case 'answer':
        bench.answerOne();
        return;
      case 'settle':
        await bench.settle();
        return;
      case 'sample':
        bench.runner.sample();
        await bench.settle();
        return;
      case 'pass':
        bench.clock.advance(act.milliseconds);
        await bench.settle();
        return;
      case 'freeze':
        bench.frontEnd.frozen = act.on;
        return;
      case 'page-per-vq':
        bench.frontEnd.pagePerVq = act.on;
        return;
      case 'readable-maps':
        bench.frontEnd.mapsReadable = act.on;
        return;
      case 'share-page':
        for (const accelerator of bench.accelerators) accelerator.faults.sharesPage = act.on;
        return;
      case 'reconnect':
        bench.disconnect();
        this.#tell();
        this.bench = makeBench(this.desired);
        this.forgotten.clear();
        for (const index of QUEUES) this.#start(index);
        return;
      case 'lose-event':
        this.#losesNext = true;
        return;
      case 'repeat-event':
        if (this.#last !== null) this.#hear(this.#last);
        return;
      case 'panel-lost':
        this.onSaid({ link: 'cut' });
        this.panel = apply(this.panel, {
          kind: 'link',
          link: { kind: 'lost', since: this.#now, cause: 'the history says so', retryAt: null },
        });
        return;
      case 'panel-back':
        if (this.panel.link.kind === 'connected') return;
        this.onSaid({ link: 'back' });
        this.panel = apply(this.panel, { kind: 'link', link: { kind: 'connected', since: this.#now } });
        this.#show();
        return;
    }
  }

  get #now(): number {
    return this.bench.clock.now();
  }

  #start(index: Index): void {
    if (this.bench.queue(index).owner.kind !== 'nobody') return;
    this.forgotten.delete(index);
    this.bench.startRing(index);
  }

  /** The guest sends one chain the way it is set up to notify, and whoever owns the ring serves it. */
  #traffic(index: Index): void {
    const ring = this.bench.dataPath.queues.get(index);
    if (ring === undefined || ring.owner === 'nobody') return;
    const { counters } = ring;
    const add = (field: 'kicks' | 'doorbells' | 'interrupts' | 'calls' | 'availIdx' | 'usedIdx'): void => {
      counters[field] = (counters[field] ?? 0) + 1;
    };
    add('availIdx');
    add('usedIdx');
    if (ring.owner === 'engine') {
      add('kicks');
      add('calls');
      counters.engineDescriptors = (counters.engineDescriptors ?? 0) + 1;
      return;
    }
    add('interrupts');
    counters.deviceDescriptors = (counters.deviceDescriptors ?? 0) + 1;
    if (this.bench.frontEnd.mapped.has(index)) {
      add('doorbells');
      counters.provenWakes = (counters.provenWakes ?? 0) + 1;
    } else {
      add('kicks');
    }
  }

  #kick(index: Index): void {
    const counters = this.bench.dataPath.queues.get(index)?.counters;
    if (counters !== undefined) counters.kicks = (counters.kicks ?? 0) + 2;
  }

  #snapshot(): SessionSnapshot {
    const { state } = this.bench.runner;
    return sessionSnapshot(
      {
        options: { ...FAKE_OPTIONS, queuePairs: 2, simulated: true },
        state: state.closed ? 'lost' : 'connected',
        since: 0,
        peer: null,
        lastError: null,
        session: state,
        queues: state.queues,
        uplink: null,
        badMessages: 0,
      },
      this.bench.accelerators,
    );
  }

  #accelerators() {
    return this.bench.accelerators.map((accelerator) => acceleratorSnapshot(accelerator, null));
  }

  /** The engine sends what changed; the panel may miss it, and then asks for everything. */
  #tell(): void {
    const engine = this.bench.runner.state;
    const before = this.#told;
    if (engine === before?.engine) return;
    const session = this.#snapshot();
    this.#told = { engine, session };
    const queues = session.queues.filter((_, index) => engine.queues[index] !== before?.engine.queues[index]);
    if (queues.length === 0 && session.state === before?.session.state) return;
    const { queues: all, ...record } = session;
    this.#seq++;
    const event: StateEvent = {
      kind: 'changed',
      seq: this.#seq,
      sessions: [{ ...record, queueCount: all.length }],
      removed: [],
      queues: queues.map((queue) => ({ session: 'vm0', queue })),
      accelerators: this.#accelerators(),
      feed: [],
      readOnly: false,
    };
    if (this.#losesNext || this.panel.link.kind === 'lost') {
      this.#losesNext = false;
      this.onSaid({ event, isLost: true });
      return;
    }
    this.#last = event;
    this.#hear(event);
    if (this.panel.seq === null) this.#show();
  }

  #hear(event: StateEvent): void {
    this.onSaid({ event, isLost: false });
    this.panel = apply(this.panel, { kind: 'state', at: this.#now, event });
  }

  /** The whole picture as it is, numbered like the last event. */
  picture(): Extract<StateEvent, { kind: 'snapshot' }> {
    return {
      kind: 'snapshot',
      seq: this.#seq,
      feed: [],
      snapshot: {
        version: '0',
        pid: 1,
        startedAt: 0,
        readOnly: false,
        sessions: [this.#snapshot()],
        accelerators: this.#accelerators(),
        network: { sinkFrames: 0, sinkBytes: 0, answered: 0, dropped: 0 },
      },
    };
  }

  /** A whole picture, as a new subscriber or one that found a gap gets it. */
  #show(): void {
    this.#told = { engine: this.bench.runner.state, session: this.#snapshot() };
    if (this.panel.link.kind !== 'connected')
      this.panel = apply(this.panel, { kind: 'link', link: { kind: 'connected', since: this.#now } });
    this.panel = apply(this.panel, { kind: 'state', at: this.#now, event: this.picture() });
  }
}

function makeBench(desired: readonly Desired[]): SessionBench {
  const bench = new SessionBench({ queuePairs: 2 });
  bench.negotiate();
  for (const index of QUEUES) if (desired[index] === 'accelerated') bench.setDesired(index, 'accelerated');
  return bench;
}
