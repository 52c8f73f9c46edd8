import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FEED_LIMIT, type CountersEvent, type StateEvent } from '../../app/contract/events.ts';
import type { ServiceClient } from '../../app/contract/service.ts';
import { COUNTERS_TICK_MS } from './counters-topic.ts';
import { EngineService } from './service.ts';
import { STATE_TICK_MS } from './state-topic.ts';
import { FakeEngine, fakeSession } from './testing/fake-engine.ts';

const Q0 = { session: 'vm0', index: 0 };
const Q1 = { session: 'vm0', index: 1 };

let engine: FakeEngine;
let service: EngineService;
let delayRuns: boolean;
let ended: number;

beforeEach(() => {
  vi.useFakeTimers();
  delayRuns = false;
  ended = 0;
  engine = new FakeEngine([fakeSession('vm0')]);
  service = new EngineService({
    engine,
    version: '1.2.3',
    pid: 42,
    startedAt: 1000,
    end: () => {
      ended++;
      return engine.end();
    },
    loopDelay: {
      start: () => (delayRuns = true),
      stop: () => (delayRuns = false),
      takeP99: () => 1.5,
    },
  });
});

afterEach(() => vi.useRealTimers());

async function watch(client: ServiceClient): Promise<StateEvent[]> {
  const events: StateEvent[] = [];
  client.onState((event) => events.push(event));
  await Promise.resolve();
  return events;
}

const tick = (): unknown => vi.advanceTimersByTime(STATE_TICK_MS);
const changesOf = (events: readonly StateEvent[]) =>
  events.flatMap((event) => (event.kind === 'changed' ? [event] : []));

describe('state topic', () => {
  test('a new subscriber first hears a snapshot with who the engine is', async () => {
    const events = await watch(service.connect());
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      kind: 'snapshot',
      seq: 0,
      snapshot: { version: '1.2.3', pid: 42, startedAt: 1000, readOnly: false },
    });
  });

  test('a burst of transitions of one queue is one record that carries all of them', async () => {
    const events = await watch(service.connect());
    engine.patchQueue(Q0, { phase: 'arming' }, 'a');
    engine.patchQueue(Q0, { phase: 'relay' }, 'b');
    engine.patchQueue(Q0, { phase: 'mapped' }, 'c');
    expect(events).toHaveLength(1);
    tick();
    const queues = changesOf(events)[0]?.queues ?? [];
    expect(queues).toHaveLength(1);
    expect(queues[0]?.queue.transitions.map((transition) => transition.cause)).toEqual(['a', 'b', 'c']);
  });

  test('events of one subscriber are numbered without gaps, whatever others do', async () => {
    const first = await watch(service.connect());
    engine.patchQueue(Q0, { size: 8 }, 'x');
    tick();
    const second = await watch(service.connect());
    engine.patchQueue(Q1, { size: 8 }, 'x');
    tick();
    engine.patchQueue(Q0, { size: 16 }, 'x');
    tick();
    expect(first.map((event) => event.seq)).toEqual([0, 1, 2, 3]);
    expect(second.map((event) => event.seq)).toEqual([0, 1, 2]);
  });

  test('a resync sends a snapshot with the next number and no feed line twice', async () => {
    const client = service.connect();
    const events = await watch(client);
    engine.log('once');
    client.resync();
    tick();
    expect(events.map((event) => [event.kind, event.seq])).toEqual([
      ['snapshot', 0],
      ['changed', 1],
      ['snapshot', 2],
    ]);
    expect(changesOf(events).flatMap((event) => event.feed)).toHaveLength(1);
  });

  test('a subscriber that joins amid a burst hears a pending feed line only in its snapshot', async () => {
    await watch(service.connect());
    engine.log('once');
    const late = await watch(service.connect());
    tick();
    expect(late).toHaveLength(1);
    expect(late[0]).toMatchObject({ feed: [{ message: 'once' }] });
  });

  test('what changes while a subscriber is held comes as one event when it is released, the newest of all', async () => {
    const client = service.connect();
    const events = await watch(client);
    client.hold();
    for (const size of [8, 16, 32]) {
      engine.patchQueue(Q0, { size }, 'x');
      tick();
    }
    engine.patchQueue(Q1, { size: 8 }, 'x');
    tick();
    expect(changesOf(events)).toEqual([]);
    client.release();
    expect(changesOf(events)).toMatchObject([
      { seq: 1, queues: [{ queue: { size: 32 } }, { queue: { size: 8 } }] },
    ]);
  });

  test('a subscriber that is released before the tick waits for it like any other', async () => {
    const client = service.connect();
    const events = await watch(client);
    client.hold();
    engine.patchQueue(Q0, { size: 8 }, 'x');
    client.release();
    expect(events).toHaveLength(1);
    tick();
    expect(events).toHaveLength(2);
  });

  test('a subscriber that is held delays no other', async () => {
    const held = service.connect();
    const heldEvents = await watch(held);
    const events = await watch(service.connect());
    held.hold();
    engine.patchQueue(Q0, { size: 8 }, 'x');
    tick();
    expect([heldEvents.length, events.length]).toEqual([1, 2]);
  });

  test('a subscriber that is held for ever costs a bounded feed, and the newest lines of it', async () => {
    const client = service.connect();
    const events = await watch(client);
    client.hold();
    for (let line = 0; line < 5 * FEED_LIMIT; line++) engine.log(String(line));
    tick();
    client.release();
    const feed = changesOf(events)[0]?.feed ?? [];
    expect(feed.length).toBeGreaterThanOrEqual(FEED_LIMIT);
    expect(feed.length).toBeLessThan(2 * FEED_LIMIT);
    expect(feed.at(-1)?.message).toBe(String(5 * FEED_LIMIT - 1));
  });

  test('a resync reaches a subscriber that is held, and what it says is not said again', async () => {
    const client = service.connect();
    const events = await watch(client);
    client.hold();
    engine.patchQueue(Q0, { size: 8 }, 'x');
    tick();
    client.resync();
    client.release();
    tick();
    expect(events.map(({ kind, seq }) => [kind, seq])).toEqual([
      ['snapshot', 0],
      ['snapshot', 1],
    ]);
  });

  test('a removed endpoint is named and none of its queues is', async () => {
    const events = await watch(service.connect());
    engine.patchQueue(Q0, { size: 8 }, 'x');
    engine.removeSession('vm0');
    tick();
    expect(changesOf(events)).toMatchObject([{ removed: ['vm0'], sessions: [], queues: [] }]);
  });

  test('a session record has a queue count in place of its queues', async () => {
    const events = await watch(service.connect());
    engine.patchSession('vm0', { state: 'lost' });
    tick();
    const record = changesOf(events)[0]?.sessions[0];
    expect(record).toMatchObject({ name: 'vm0', state: 'lost', queueCount: 2 });
    expect(record).not.toHaveProperty('queues');
  });

  test('without subscribers no timer runs and the engine is not listened to', async () => {
    const client = service.connect();
    await watch(client);
    expect(engine.listeners).toBe(1);
    engine.patchQueue(Q0, { size: 8 }, 'x');
    client.dispose();
    expect(engine.listeners).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('with a subscriber and nothing to tell, no timer runs', async () => {
    await watch(service.connect());
    tick();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('counters topic', () => {
  test('ticks at 20 Hz with the asked queues and the loop delay', async () => {
    const client = service.connect();
    const events: CountersEvent[] = [];
    client.onCounters((event) => events.push(event));
    await client.call('counters.subscribe', { queues: [Q1] });
    vi.advanceTimersByTime(1000);
    expect(events).toHaveLength(1000 / COUNTERS_TICK_MS);
    expect(events[0]).toMatchObject({ queues: [Q1], loopDelayMs: 1.5, values: [0, 0, 0, 0, 0, 0, 0, 0] });
  });

  test('neither ticks nor measures before queues are asked for, nor after an empty list', async () => {
    const client = service.connect();
    client.onCounters(() => undefined);
    expect(vi.getTimerCount()).toBe(0);
    await client.call('counters.subscribe', { queues: [Q0] });
    expect(delayRuns).toBe(true);
    await client.call('counters.subscribe', { queues: [] });
    expect(vi.getTimerCount()).toBe(0);
    expect(delayRuns).toBe(false);
    expect(engine.counterReads).toBe(0);
  });

  test('stops when the client goes', async () => {
    const client = service.connect();
    client.onCounters(() => undefined);
    await client.call('counters.subscribe', { queues: [Q0] });
    client.dispose();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('commands', () => {
  test('queue.set reaches the engine and answers with a request number that counts up', async () => {
    const client = service.connect();
    const input = { ...Q0, desired: 'accelerated', accelerator: null } as const;
    expect(await client.call('queue.set', input)).toEqual({ ok: true, value: { request: 1 } });
    expect(await client.call('queue.set', input)).toEqual({ ok: true, value: { request: 2 } });
    expect(engine.session('vm0')?.queues[0]?.desired).toBe('accelerated');
  });

  test('queue.assign tells the worker that served the queue before, and assigning that one undoes it', async () => {
    const client = service.connect();
    const assign = (worker: number) => client.call('queue.assign', { ...Q0, worker });
    expect(await assign(2)).toEqual({ ok: true, value: { before: 0 } });
    expect(await assign(0)).toEqual({ ok: true, value: { before: 2 } });
    expect(engine.workers.get('vm0/0')).toBe(0);
  });

  test('queue.statistics is read while the engine is read-only', async () => {
    const client = service.connect();
    await client.call('settings.setReadOnly', { readOnly: true });
    expect(await client.call('queue.statistics', Q0)).toMatchObject({ ok: true, value: { chains: 40 } });
    expect(await client.call('queue.assign', { ...Q0, worker: 1 })).toMatchObject({
      ok: false,
      error: { code: 'read-only' },
    });
  });

  test('an unknown queue is refused with its code', async () => {
    const result = await service.connect().call('queue.acknowledge', { session: 'vm0', index: 99 });
    expect(result).toMatchObject({ ok: false, error: { code: 'unknown-queue' } });
  });

  test('read-only refuses what changes, allows what does not, and is told to subscribers', async () => {
    const client = service.connect();
    const events = await watch(client);
    await client.call('settings.setReadOnly', { readOnly: true });
    tick();
    expect(changesOf(events)).toMatchObject([{ readOnly: true, queues: [] }]);
    const refused = await client.call('queue.set', { ...Q0, desired: 'accelerated', accelerator: null });
    expect(refused).toMatchObject({ ok: false, error: { code: 'read-only' } });
    expect(await client.call('status.get', {})).toMatchObject({ ok: true, value: { readOnly: true } });
    await client.call('settings.setReadOnly', { readOnly: false });
    expect(await client.call('queue.set', { ...Q0, desired: 'software', accelerator: null })).toMatchObject({
      ok: true,
    });
  });

  test('engine.end answers after everything was withdrawn', async () => {
    const result = await service.connect().call('engine.end', {});
    expect(result.ok).toBe(true);
    expect([ended, engine.ended]).toEqual([1, true]);
  });

  test('a closed connection answers that it cannot reach the engine', async () => {
    const client = service.connect();
    client.dispose();
    expect(await client.call('status.get', {})).toMatchObject({ ok: false, error: { code: 'unavailable' } });
  });
});
