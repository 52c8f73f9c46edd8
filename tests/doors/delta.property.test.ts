/** A record told as a difference is the record. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deltaOf, patched, QueueDelta } from '../../app/contract/delta.ts';
import type { PageOffer, QueueSnapshot, Transition } from '../../app/contract/snapshot.ts';
import { fakeQueue } from '../../main/service/testing/fake-engine.ts';

const hex = fc.constantFrom('0x0', '0x1000', '0x2000');
const at = fc.nat(3);

const offer: fc.Arbitrary<PageOffer> = fc.record({
  generation: fc.nat(3),
  offset: hex,
  size: hex,
  hostPageSize: hex,
  file: fc.record({ kind: fc.constantFrom('memfd', 'eventfd'), key: fc.option(fc.constant('1:2')) }),
  sentAt: at,
  answer: fc.option(fc.record({ code: hex, latencyMs: at })),
  timedOut: fc.boolean(),
  ended: fc.option(fc.record({ at, cause: fc.constant('reset') })),
});

const transition: fc.Arbitrary<Transition> = fc.record({
  at,
  from: fc.constantFrom('software', 'relay'),
  to: fc.constantFrom('relay', 'mapped'),
  cause: fc.constantFrom('a', 'b'),
});

const record: fc.Arbitrary<QueueSnapshot> = fc
  .record({
    desired: fc.constantFrom('software' as const, 'accelerated' as const),
    phase: fc.constantFrom('software' as const, 'mapped' as const),
    evidence: fc.constantFrom(0 as const, 1 as const, 3 as const),
    generation: fc.nat(3),
    mapsReadable: fc.option(fc.boolean()),
    reason: fc.option(
      fc.record({ code: fc.constant('page-refused' as const), message: fc.constant('no'), at }),
    ),
    notifyRegion: fc.option(fc.record({ mapped: fc.option(fc.boolean()), offset: hex, size: hex })),
    offer: fc.option(offer),
    availIdx: fc.option(at),
    transitions: fc.array(transition, { maxLength: 4 }),
  })
  .map((change) => fakeQueue(0, change));

/** As it comes out at the other end of a connection. */
const sent = (delta: QueueDelta): QueueDelta => QueueDelta.parse(JSON.parse(JSON.stringify(delta)));

test('a record that is made of the one before and the difference is the one after', () => {
  fc.assert(
    fc.property(record, record, (before, after) => {
      expect(patched(before, sent(deltaOf('vm0', before, after)))).toEqual(after);
    }),
    { numRuns: 2_000 },
  );
});

test('a record that says the same costs nothing but its name', () => {
  fc.assert(
    fc.property(record, (queue) => {
      const again = JSON.parse(JSON.stringify(queue)) as QueueSnapshot;
      expect(deltaOf('vm0', queue, again)).toEqual({ session: 'vm0', index: 0, set: {} });
    }),
  );
});

test('of a past that went on only what came since is told', () => {
  const past = ['a', 'b', 'c'].map((cause, place) => ({ at: place, from: 'relay', to: 'mapped', cause }));
  const [first, second, third] = past;
  const before = fakeQueue(0, { transitions: [first, second].filter((one) => one !== undefined) });
  const after = fakeQueue(0, { transitions: [second, third].filter((one) => one !== undefined) });
  expect(deltaOf('vm0', before, after).transitions).toEqual({ dropped: 1, added: [third] });
});

test('a difference from another record than this is none', () => {
  const moved = deltaOf('vm0', fakeQueue(0, { transitions: [] }), fakeQueue(0));
  expect(patched(fakeQueue(0), { ...moved, offer: { timedOut: true } })).toBeNull();
  expect(patched(fakeQueue(0), { ...moved, transitions: { dropped: 1, added: [] } })).toBeNull();
});
