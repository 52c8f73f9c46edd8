import { beforeEach, describe, expect, test, vi } from 'vitest';
import { FrameConnection } from '../../app/doors/frames.ts';
import { EngineService } from '../../main/service/service.ts';
import { FakeEngine, fakeSession } from '../../main/service/testing/fake-engine.ts';

const Q0 = { session: 'vm0', index: 0 };
const FULL = 2 * 1024 * 1024;

let engine: FakeEngine;
let sent: { kind: string; id?: number | null; event?: { kind?: string; seq?: number } }[];
let unread: number;
let closed: boolean;
let connection: FrameConnection;
let service: EngineService;

beforeEach(() => {
  engine = new FakeEngine([fakeSession('vm0')]);
  service = new EngineService({ engine, version: '0', pid: 1, startedAt: 0, end: () => engine.end() });
  sent = [];
  unread = 0;
  closed = false;
  connection = new FrameConnection(service, {
    send: (text) => sent.push(JSON.parse(text) as (typeof sent)[number]),
    unread: () => unread,
    close: () => (closed = true),
  });
});

const said = (kind: string) => sent.filter((frame) => frame.kind === kind);
const until = (condition: () => boolean): Promise<unknown> =>
  vi.waitUntil(condition, { timeout: 2000, interval: 2 });

describe('requests', () => {
  test.each([
    ['text that is no JSON', '{', null],
    ['a frame of an unknown kind', '{"kind":"shout","id":4}', 4],
    ['a command that the table lacks', '{"kind":"call","id":5,"name":"queue.destroy","input":{}}', 5],
    ['a frame with a surplus field', '{"kind":"call","id":6,"name":"status.get","input":{},"as":"root"}', 6],
    ['an input of the wrong form', '{"kind":"call","id":7,"name":"queue.set","input":{"session":"vm0"}}', 7],
    ['an input with a surplus field', '{"kind":"call","id":8,"name":"status.get","input":{"all":true}}', 8],
    ['no object at all', '17', null],
  ])('%s is answered with invalid-input and its id', async (_name, text, id) => {
    connection.receiveText(text);
    await until(() => sent.length > 0);
    expect(sent).toMatchObject([{ kind: 'error', id, error: { code: 'invalid-input' } }]);
    expect(closed).toBe(false);
  });

  test('a refused input names the field', async () => {
    connection.receiveText('{"kind":"call","id":1,"name":"queue.cancel","input":{"session":"a","index":-1}}');
    await until(() => sent.length > 0);
    expect(JSON.stringify(sent)).toContain('queue.cancel: index: ');
  });

  test('a valid call is answered with its result and its id', async () => {
    connection.receiveText('{"kind":"call","id":9,"name":"status.get","input":{}}');
    await until(() => sent.length > 0);
    expect(sent).toMatchObject([{ kind: 'result', id: 9, ok: true, value: { sessions: [{ name: 'vm0' }] } }]);
  });
});

describe('a slow reader', () => {
  test('that missed a transition gets a snapshot when it caught up, and then changes again', async () => {
    connection.receiveText('{"kind":"subscribe"}');
    await until(() => said('state').length === 1);
    const elsewhere: string[] = [];
    service.connect().onState((event) => elsewhere.push(event.kind));
    await until(() => elsewhere.length === 1);
    unread = FULL;
    engine.patchQueue(Q0, { phase: 'mapped' }, 'a');
    await until(() => elsewhere.includes('changed'));
    expect(said('state')).toHaveLength(1);
    unread = 0;
    connection.drained();
    await until(() => said('state').length === 2);
    expect(sent[1]).toMatchObject({
      event: { kind: 'snapshot', snapshot: { sessions: [{ queues: [{ phase: 'mapped' }, {}] }] } },
    });
    const seq = sent[1]?.event?.seq ?? Number.NaN;
    engine.patchQueue(Q0, { phase: 'software' }, 'b');
    await until(() => said('state').length === 3);
    expect(sent[2]).toMatchObject({ event: { kind: 'changed', seq: seq + 1 } });
  });

  test('gets only the newest counters when it caught up', async () => {
    connection.receiveText('{"kind":"subscribe"}');
    connection.receive({ kind: 'call', id: 1, name: 'counters.subscribe', input: { queues: [Q0] } });
    unread = FULL;
    await until(() => engine.counterReads > 3);
    expect(said('counters')).toHaveLength(0);
    unread = 0;
    connection.drained();
    expect(said('counters')).toHaveLength(1);
  });

  test('that asks without ever reading is closed', async () => {
    unread = 100 * 1024 * 1024;
    connection.receiveText('{"kind":"call","id":1,"name":"status.get","input":{}}');
    await until(() => closed);
  });
});

describe('a reader that paces itself', () => {
  const taken = (count: number): void => connection.receive({ kind: 'taken', count });
  const withOther = async (): Promise<readonly string[]> => {
    const elsewhere: string[] = [];
    service.connect().onState((event) => elsewhere.push(event.kind));
    await until(() => elsewhere.length === 1);
    return elsewhere;
  };

  test('is sent two states ahead of what it took, and the rest as one that says what moved', async () => {
    connection.receiveText('{"kind":"subscribe","paced":true}');
    await until(() => said('paced').length === 1);
    const elsewhere = await withOther();
    for (const phase of ['arming', 'relay', 'mapped'] as const) {
      const before = elsewhere.length;
      engine.patchQueue(Q0, { phase }, phase);
      await until(() => elsewhere.length > before);
    }
    expect(said('paced')).toHaveLength(2);
    taken(1);
    expect(said('paced')).toHaveLength(3);
    expect(sent.at(-1)).toMatchObject({
      event: {
        kind: 'changed',
        seq: 2,
        queues: [],
        moved: [{ session: 'vm0', index: 0, set: { phase: 'mapped' }, transitions: { dropped: 0 } }],
      },
    });
    expect(said('state')).toHaveLength(0);
  });

  test('that says it took more than it was sent is two ahead and no more', async () => {
    connection.receiveText('{"kind":"subscribe","paced":true}');
    await until(() => said('paced').length === 1);
    taken(9);
    const elsewhere = await withOther();
    for (const size of [8, 16, 32, 64]) {
      const before = elsewhere.length;
      engine.patchQueue(Q0, { size }, 'x');
      await until(() => elsewhere.length > before);
    }
    expect(said('paced')).toHaveLength(3);
  });

  test('hears a queue that it does not know as a whole record', async () => {
    connection.receiveText('{"kind":"subscribe","paced":true}');
    await until(() => said('paced').length === 1);
    taken(1);
    engine.addSession(fakeSession('vm1'));
    await until(() => said('paced').length === 2);
    expect(sent.at(-1)).toMatchObject({
      event: { moved: [], queues: [{ session: 'vm1' }, { session: 'vm1' }] },
    });
  });
});

test('closing the connection ends its subscriptions', async () => {
  connection.receiveText('{"kind":"subscribe"}');
  await until(() => said('state').length === 1);
  connection.close();
  expect(engine.listeners).toBe(0);
});
