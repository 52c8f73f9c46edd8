/** What a client builds from frames is what the engine is, however slowly it read. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ServerFrame } from '../../app/contract/frames.ts';
import { PacedReader } from '../../app/contract/paced.ts';
import type { StateEvent } from '../../app/contract/events.ts';
import type { QueueSnapshot } from '../../app/contract/snapshot.ts';
import type { Phase } from '../../app/contract/words.ts';
import { FrameConnection } from '../../app/doors/frames.ts';
import { EngineService } from '../../main/service/service.ts';
import { FakeEngine, fakeSession } from '../../main/service/testing/fake-engine.ts';

vi.setConfig({ testTimeout: 60_000 });

const PHASES: readonly Phase[] = ['software', 'arming', 'relay', 'mapped', 'undoing', 'quarantine'];
const CLOGGED = 2 * 1024 * 1024;

type Act =
  | { readonly kind: 'move'; readonly queue: number; readonly phase: Phase }
  | { readonly kind: 'log' }
  | { readonly kind: 'add'; readonly name: string }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'clog' }
  | { readonly kind: 'drain' }
  | { readonly kind: 'take' }
  | { readonly kind: 'resync' };

const NAME = fc.constantFrom('vm1', 'vm2');
const ACT: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant('move'), queue: fc.nat(1), phase: fc.constantFrom(...PHASES) }),
  fc.record({ kind: fc.constant('log') }),
  fc.record({ kind: fc.constant('add'), name: NAME }),
  fc.record({ kind: fc.constant('remove'), name: NAME }),
  fc.record({ kind: fc.constant('wait'), ms: fc.nat(40) }),
  fc.record({ kind: fc.constant('clog') }),
  fc.record({ kind: fc.constant('drain') }),
  fc.record({ kind: fc.constant('take') }),
  fc.record({ kind: fc.constant('resync') }),
);

/** A client's picture, built from frames alone. */
class Replica {
  readonly queues = new Map<string, QueueSnapshot>();
  readonly sessions = new Set<string>();
  gaps = 0;
  /** States that it has heard and not taken yet. */
  owed = 0;
  #seq: number | null = null;
  readonly #reader = new PacedReader();

  hear(text: string): void {
    const frame = ServerFrame.parse(JSON.parse(text));
    if (frame.kind === 'paced') {
      this.owed++;
      const event = this.#reader.read(frame.event);
      if (event === null) throw new Error('a record moved that was never told');
      this.#apply(event);
    } else if (frame.kind === 'state') this.#apply(frame.event);
  }

  #apply(event: StateEvent): void {
    if (event.kind === 'changed' && event.seq !== (this.#seq ?? -1) + 1) this.gaps++;
    this.#seq = event.seq;
    if (event.kind === 'snapshot') {
      this.queues.clear();
      this.sessions.clear();
      for (const { name, queues } of event.snapshot.sessions) {
        this.sessions.add(name);
        for (const queue of queues) this.queues.set(`${name}/${queue.index}`, queue);
      }
      return;
    }
    for (const name of event.removed) {
      this.sessions.delete(name);
      for (const key of [...this.queues.keys()]) if (key.startsWith(`${name}/`)) this.queues.delete(key);
    }
    for (const { name } of event.sessions) this.sessions.add(name);
    for (const { session, queue } of event.queues) this.queues.set(`${session}/${queue.index}`, queue);
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test.each([
  ['as it comes', { kind: 'subscribe' }],
  ['at its own pace', { kind: 'subscribe', paced: true }],
] as const)(
  'a replica that hears %s has no gaps and ends equal to the engine, whatever the order of news, stalls and resyncs',
  async (_, subscribe) => {
    await fc.assert(
      fc.asyncProperty(fc.array(ACT, { maxLength: 60 }), async (acts) => {
        const engine = new FakeEngine([fakeSession('vm0')]);
        const service = new EngineService({
          engine,
          version: '0',
          pid: 1,
          startedAt: 0,
          end: () => engine.end(),
        });
        const replica = new Replica();
        let unread = 0;
        const connection = new FrameConnection(service, {
          send: (text) => replica.hear(text),
          unread: () => unread,
          close: () => expect.unreachable(),
        });
        const drain = (): void => {
          unread = 0;
          connection.drained();
        };
        const take = (): void => {
          if (replica.owed > 0) connection.receive({ kind: 'taken', count: replica.owed });
          replica.owed = 0;
        };
        connection.receive(subscribe);
        for (const act of acts) {
          if (act.kind === 'move')
            engine.patchQueue({ session: 'vm0', index: act.queue }, { phase: act.phase }, 'x');
          if (act.kind === 'log') engine.log('x');
          if (act.kind === 'add') engine.addSession(fakeSession(act.name));
          if (act.kind === 'remove') engine.removeSession(act.name);
          if (act.kind === 'wait') await vi.advanceTimersByTimeAsync(act.ms);
          if (act.kind === 'clog') unread = CLOGGED;
          if (act.kind === 'drain') drain();
          if (act.kind === 'take') take();
          if (act.kind === 'resync') connection.receive(subscribe);
        }
        drain();
        do {
          take();
          await vi.advanceTimersByTimeAsync(100);
        } while (replica.owed > 0);
        const truth = engine
          .sessions()
          .flatMap(({ name, queues }) => queues.map((queue) => [`${name}/${queue.index}`, queue]));
        expect(new Map(replica.queues)).toEqual(new Map(truth as [string, QueueSnapshot][]));
        expect([...replica.sessions].sort()).toEqual(
          engine
            .sessions()
            .map(({ name }) => name)
            .sort(),
        );
        expect(replica.gaps).toBe(0);
        connection.close();
        expect([engine.listeners, vi.getTimerCount()]).toEqual([0, 0]);
      }),
      { numRuns: 300 },
    );
  },
);
