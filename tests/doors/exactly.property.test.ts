/** The cheap question about a frame and the library's answer never contradict each other. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { deltaOf } from '../../app/contract/delta.ts';
import { exactly } from '../../app/contract/exactly.ts';
import { ServerFrame } from '../../app/contract/frames.ts';
import { fakeQueue } from '../../main/service/testing/fake-engine.ts';
import {
  acceleratorRecord,
  engineSnapshot,
  fellBackRecord,
  mappedRecord,
  sessionRecord,
  sessionSnapshot,
} from '../../renderer/store/testing/records.ts';

const isServerFrame = exactly(ServerFrame);

const feed = [
  { at: 1, severity: 'note', session: 'vm0', queue: 0, code: 'transition', message: 'arming to mapped' },
  { at: 2, severity: 'warn', session: null, queue: null, code: 'peer', message: 'refused' },
] as const;

const changed = {
  kind: 'changed',
  seq: 4,
  sessions: [sessionRecord('vm0', 2)],
  removed: ['vm1'],
  queues: [{ session: 'vm0', queue: mappedRecord(1) }],
  accelerators: [acceleratorRecord('emu0')],
  feed: [...feed],
  readOnly: false,
} as const;

/** One of each kind that an engine sends. */
const FRAMES = [
  { kind: 'result', id: 3, ok: true, value: { request: 9 } },
  { kind: 'error', id: null, error: { code: 'invalid-input', message: 'no' } },
  { kind: 'state', event: changed },
  {
    kind: 'paced',
    event: {
      kind: 'snapshot',
      seq: 0,
      snapshot: engineSnapshot([sessionSnapshot('vm0', { queues: [mappedRecord(0), fellBackRecord(1)] })]),
      feed: [...feed],
    },
  },
  { kind: 'paced', event: { ...changed, moved: [deltaOf('vm0', fakeQueue(0), mappedRecord(0))] } },
  {
    kind: 'counters',
    event: { at: 1, loopDelayMs: 0.5, queues: [{ session: 'vm0', index: 0 }], values: [-1, 2] },
  },
].map((frame) => JSON.stringify(frame));

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Every value inside, by the way there. */
function pathsOf(value: Json, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inside: [string | number, Json][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return [path, ...inside.flatMap(([key, one]) => pathsOf(one, [...path, key]))];
}

const LEAVE_OUT = Symbol('leave out');
const ADD_TO = Symbol('add to');

/** `value` with something else at `path`: another value there, nothing, or a field more. */
function changedAt(
  value: Json,
  path: readonly (string | number)[],
  to: Json | typeof LEAVE_OUT | typeof ADD_TO,
): Json {
  const [key, ...rest] = path;
  if (key === undefined) {
    if (to === LEAVE_OUT) return null;
    if (to !== ADD_TO) return to;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { ...value, more: 1 }
      : [value];
  }
  if (Array.isArray(value))
    return value.flatMap((one, place) =>
      place !== key ? [one] : rest.length === 0 && to === LEAVE_OUT ? [] : [changedAt(one, rest, to)],
    );
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) =>
      name !== key
        ? [[name, one]]
        : rest.length === 0 && to === LEAVE_OUT
          ? []
          : [[name, changedAt(one, rest, to)]],
    ),
  );
}

const frame = fc.constantFrom(...FRAMES).map((text) => JSON.parse(text) as Json);
const other = fc.oneof(
  fc.constantFrom<(Json | typeof LEAVE_OUT | typeof ADD_TO)[]>(
    LEAVE_OUT,
    ADD_TO,
    null,
    -1,
    0.5,
    1e300,
    '',
    '0x10',
    'mapped',
    [],
    {},
    true,
  ),
  fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<Json>,
);

test('what an engine sends is taken as it stands', () => {
  for (const text of FRAMES) expect(isServerFrame(JSON.parse(text))).toBe(true);
});

test('a frame is taken as it stands where the library would hand back the same, and nowhere else', () => {
  const verdicts = { taken: 0, not: 0 };
  fc.assert(
    fc.property(frame, fc.nat(), other, (whole, at, to) => {
      const paths = pathsOf(whole);
      const raw = changedAt(whole, paths[at % paths.length] ?? [], to);
      const parsed = ServerFrame.safeParse(raw);
      const isSame = parsed.success && JSON.stringify(sorted(parsed.data)) === JSON.stringify(sorted(raw));
      verdicts[isSame ? 'taken' : 'not']++;
      expect(isServerFrame(raw)).toBe(isSame);
    }),
    { numRuns: 5_000 },
  );
  expect(Math.min(verdicts.taken, verdicts.not)).toBeGreaterThan(200);
});

test('a schema that changes what it reads is refused when the question is made', () => {
  expect(() => exactly(z.object({ at: z.string().transform(Number) }))).toThrow('cannot be asked');
  expect(() => exactly(z.array(z.number()).max(3))).toThrow('cannot be asked');
});

/** The library hands fields back in its own order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, one]) => [name, sorted(one)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
