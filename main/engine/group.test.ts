/** The back-end half of rfc2018: what is sent when, what is undone in which order, and what a stop leaves behind. */
import { describe, expect, it } from 'vitest';
import { protocolMask } from '../wire/protocol-features.ts';
import { DraftFrontEnd } from './testing/draft-front-end.ts';
import { DRAFT_PROTOCOL, SessionBench, type BenchOptions } from './testing/session-bench.ts';

const QUEUE = 1;

function running(options: BenchOptions = {}): SessionBench & { readonly frontEnd: DraftFrontEnd } {
  const bench = new SessionBench({ dialect: 'rfc2018', unmapsAtOnce: true, ...options });
  bench.negotiate();
  for (const { index } of bench.runner.state.queues) bench.startRing(index);
  bench.said.length = 0;
  return Object.assign(bench, { frontEnd: draftOf(bench) });
}
function draftOf({ frontEnd }: SessionBench): DraftFrontEnd {
  if (frontEnd instanceof DraftFrontEnd) return frontEnd;
  throw new Error('the bench speaks the other dialect');
}
async function mapped(): Promise<ReturnType<typeof running>> {
  const bench = running();
  bench.setDesired(QUEUE, 'accelerated');
  await bench.settle();
  expect(bench.queue(QUEUE).phase).toBe('mapped');
  bench.said.length = 0;
  return bench;
}
const stepOf = (bench: SessionBench): string => {
  const { phase, step } = bench.queue(QUEUE);
  return step === null ? phase : `${phase} ${step.name} ${step.number}/${step.of}`;
};

describe('rfc2018: arming', () => {
  it('sends the group, starts the accelerator, sends the area: four steps, each acknowledged', () => {
    const bench = running();
    bench.setDesired(QUEUE, 'accelerated');
    expect([stepOf(bench), bench.queue(QUEUE).owner.kind]).toEqual(['arming group 1/4', 'engine']);
    bench.answerOne();
    expect([stepOf(bench), bench.queue(QUEUE).owner.kind]).toEqual(['arming offer 4/4', 'accelerator']);
    bench.answerOne();
    expect([stepOf(bench), bench.queue(QUEUE).evidence]).toEqual(['mapped', 1]);
    expect(bench.said).toEqual(['group on', 'page on']);
    expect([...bench.frontEnd.groups]).toEqual([[QUEUE, 'group-emu0']]);
  });

  it('of two queues waits with the second group until the first one showed that the dialect is spoken', async () => {
    const bench = running();
    bench.setDesired(0, 'accelerated');
    bench.setDesired(1, 'accelerated');
    expect(bench.said).toEqual(['group on']);
    await bench.settle();
    expect(bench.runner.state.queues.map(({ phase }) => phase)).toEqual(['mapped', 'mapped']);
    expect([...bench.frontEnd.groups.values()]).toEqual(['group-emu0', 'group-emu0']);
  });

  it('without F_VFIO stays in software and names the bit', () => {
    const bench = new SessionBench({ dialect: 'rfc2018', unmapsAtOnce: true });
    bench.negotiate(DRAFT_PROTOCOL & ~protocolMask('F_VFIO'));
    bench.startRing(QUEUE);
    bench.setDesired(QUEUE, 'accelerated');
    expect(bench.queue(QUEUE)).toMatchObject({ phase: 'software', reason: { code: 'bit-not-negotiated' } });
    expect(bench.queue(QUEUE).reason?.message).toContain('F_VFIO (bit 8)');
    expect(bench.frontEnd.seen).toEqual([]);
  });

  it('on another accelerator replaces the group', async () => {
    const bench = running({ accelerators: ['emu0', 'emu1'] });
    bench.setDesired(QUEUE, 'accelerated', 'emu0');
    await bench.settle();
    bench.setDesired(QUEUE, 'accelerated', 'emu1');
    await bench.settle();
    expect(bench.queue(QUEUE)).toMatchObject({ phase: 'mapped', owner: { id: 'emu1' } });
    expect(bench.said).toEqual(['group on', 'page on', 'page off', 'group on', 'page on']);
    expect([...bench.frontEnd.groups.values()]).toEqual(['group-emu1']);
  });
});

describe('rfc2018: refusal', () => {
  it('of the first group says that the dialect is not spoken; nothing is sent again, also on a retry', async () => {
    const bench = running();
    bench.frontEnd.refuseGroup = 1n;
    bench.setDesired(QUEUE, 'accelerated');
    await bench.settle();
    expect(bench.queue(QUEUE)).toMatchObject({ phase: 'software', reason: { code: 'dialect-unsupported' } });
    bench.setDesired(QUEUE, 'accelerated');
    bench.setDesired(0, 'accelerated');
    bench.stopRing(QUEUE);
    bench.startRing(QUEUE);
    await bench.settle();
    expect(bench.said.filter((word) => /^(group|page)/.test(word))).toEqual(['group on']);
    expect(bench.runner.state.queues.map(({ phase, reason }) => [phase, reason?.code])).toEqual([
      ['software', 'dialect-unsupported'],
      ['software', 'dialect-unsupported'],
    ]);
  });

  it('of a later group is told with the name of its code, and can be retried', async () => {
    const bench = await mapped();
    bench.frontEnd.refuseGroup = 9n;
    bench.setDesired(0, 'accelerated');
    await bench.settle();
    expect(bench.queue(0)).toMatchObject({ phase: 'software', reason: { code: 'group-refused' } });
    expect(bench.queue(0).reason?.message).toContain('answer 9, group-unidentified');
    bench.frontEnd.refuseGroup = null;
    bench.setDesired(0, 'accelerated');
    await bench.settle();
    expect(bench.queue(0).phase).toBe('mapped');
  });

  it('of the area rolls the group back and leaves relay; a retry sends both again', async () => {
    const bench = running();
    bench.frontEnd.pagePerVq = false;
    bench.setDesired(QUEUE, 'accelerated');
    bench.answerOne();
    bench.answerOne();
    expect(stepOf(bench)).toBe('undoing group-off 3/3');
    bench.answerOne();
    expect(bench.queue(QUEUE)).toMatchObject({ phase: 'relay', reason: { code: 'page-refused' } });
    expect(bench.queue(QUEUE).reason?.message).toContain('answer 5, size');
    expect([bench.said, bench.frontEnd.groups.size]).toEqual([['group on', 'page on', 'group off'], 0]);
    bench.frontEnd.pagePerVq = true;
    bench.setDesired(QUEUE, 'accelerated');
    await bench.settle();
    expect([bench.queue(QUEUE).phase, bench.frontEnd.groups.size]).toEqual(['mapped', 1]);
  });

  it('of the accelerator itself rolls the group back', async () => {
    const bench = running();
    const [accelerator] = bench.accelerators;
    if (accelerator !== undefined) accelerator.faults.refuseStart = { code: 'EIO', message: 'dead' };
    bench.setDesired(QUEUE, 'accelerated');
    await bench.settle();
    expect(bench.queue(QUEUE)).toMatchObject({ phase: 'software', reason: { code: 'accelerator-failed' } });
    expect([bench.said, bench.frontEnd.groups.size]).toEqual([['group on', 'group off'], 0]);
  });

  it('by a message of another dialect takes everything back', async () => {
    const bench = await mapped();
    bench.send('POSTCOPY_LISTEN', null, { needReply: true });
    await bench.settle();
    expect(bench.queue(QUEUE)).toMatchObject({ phase: 'software', reason: { code: 'dialect-unsupported' } });
    expect([bench.frontEnd.mapped.size, bench.frontEnd.areas.size, bench.frontEnd.groups.size]).toEqual([
      0, 0, 0,
    ]);
  });
});

describe('rfc2018: undoing', () => {
  it('goes in reverse: area, ring, group', async () => {
    const bench = await mapped();
    bench.setDesired(QUEUE, 'software');
    expect([stepOf(bench), bench.queue(QUEUE).owner.kind]).toEqual(['undoing page-off 1/3', 'accelerator']);
    bench.answerOne();
    expect([stepOf(bench), bench.queue(QUEUE).owner.kind]).toEqual(['undoing group-off 3/3', 'engine']);
    bench.answerOne();
    expect([stepOf(bench), bench.said]).toEqual(['software', ['page off', 'group off']]);
  });

  it('of an unanswered group deletes it at once; a late answer changes nothing', async () => {
    const bench = running();
    bench.setDesired(QUEUE, 'accelerated');
    bench.frontEnd.frozen = true;
    await bench.pass(2000);
    expect(bench.queue(QUEUE)).toMatchObject({
      step: { name: 'group-off' },
      reason: { code: 'group-unanswered' },
    });
    await bench.pass(2000);
    expect(bench.queue(QUEUE)).toMatchObject({ phase: 'software', group: { kind: 'unconfirmed' } });
    bench.frontEnd.frozen = false;
    await bench.settle();
    expect(bench.queue(QUEUE)).toMatchObject({ phase: 'software', group: { kind: 'none' } });
    expect(bench.frontEnd.groups.size).toBe(0);
  });

  it('at the end of the engine takes area and group back', async () => {
    const bench = await mapped();
    bench.runner.post({ kind: 'end' });
    await bench.settle();
    expect([bench.queue(QUEUE).phase, bench.said]).toEqual(['software', ['page off', 'group off']]);
  });
});

describe('rfc2018: an area that outlives a stop', () => {
  it('is unmapped while the ring is down, and closed with the session', async () => {
    const bench = await mapped();
    bench.stopRing(QUEUE);
    expect(bench.queue(QUEUE)).toMatchObject({ phase: 'down', page: { kind: 'kept' } });
    expect(bench.said).toEqual(['GET_VRING_BASE']);
    bench.disconnect();
    expect([bench.ledger.open, bench.runner.held()]).toEqual([0, []]);
  });

  it('is mapped from SET_VRING_BASE on with evidence 0, ring and page polled as soon as the ring runs', async () => {
    const bench = await mapped();
    bench.stopRing(QUEUE);
    bench.frontEnd.frozen = true;
    bench.send('SET_VRING_NUM', { index: QUEUE, num: 256 });
    bench.frontEnd.setBase(QUEUE);
    bench.send('SET_VRING_BASE', { index: QUEUE, num: 7 });
    expect(bench.queue(QUEUE)).toMatchObject({ phase: 'down', page: { kind: 'restored' }, evidence: 0 });
    bench.startRing(QUEUE);
    expect(bench.queue(QUEUE)).toMatchObject({ owner: { kind: 'engine' }, evidence: 0, guardPoll: true });
    expect(stepOf(bench)).toBe('arming group 1/4');
    bench.frontEnd.frozen = false;
    bench.answerOne();
    expect(bench.queue(QUEUE)).toMatchObject({ page: { kind: 'offered', resent: true }, evidence: 0 });
    bench.answerOne();
    expect(bench.queue(QUEUE)).toMatchObject({
      phase: 'mapped',
      evidence: 1,
      guardPoll: false,
      generation: 2,
    });
    expect(bench.said.filter((word) => /^(group|page)/.test(word))).toEqual(['group on', 'page on']);
  });

  it('that a reset dropped is sent anew with its group', async () => {
    const bench = await mapped();
    bench.stopRing(QUEUE);
    bench.frontEnd.reset();
    bench.startRing(QUEUE);
    await bench.settle();
    expect(bench.queue(QUEUE)).toMatchObject({ phase: 'mapped', reason: null });
    expect([bench.frontEnd.groups.size, bench.frontEnd.areas.size]).toEqual([1, 1]);
  });

  it('that is not wanted any more is removed after the start, then the group', async () => {
    const bench = await mapped();
    bench.stopRing(QUEUE);
    bench.setDesired(QUEUE, 'software');
    expect(bench.said).toEqual(['GET_VRING_BASE']);
    bench.startRing(QUEUE);
    expect(bench.queue(QUEUE).guardPoll).toBe(true);
    await bench.settle();
    expect(bench.queue(QUEUE)).toMatchObject({ phase: 'software', guardPoll: false });
    expect(bench.said.filter((word) => /^(group|page)/.test(word))).toEqual(['page off', 'group off']);
    expect([bench.frontEnd.groups.size, bench.frontEnd.areas.size]).toEqual([0, 0]);
  });

  it('refused when it is sent anew is removed: the front-end may map the earlier one', async () => {
    const bench = await mapped();
    bench.stopRing(QUEUE);
    bench.frontEnd.pagePerVq = false;
    bench.startRing(QUEUE);
    await bench.settle();
    expect(bench.queue(QUEUE)).toMatchObject({ phase: 'relay', reason: { code: 'page-refused' } });
    expect([bench.frontEnd.mapped.size, bench.frontEnd.areas.size, bench.frontEnd.groups.size]).toEqual([
      0, 0, 0,
    ]);
  });

  it('answered only after the stop is of an old generation: it is removed before anything new', async () => {
    const bench = running();
    bench.setDesired(QUEUE, 'accelerated');
    bench.answerOne();
    bench.stopRing(QUEUE);
    bench.answerOne();
    await bench.settle();
    expect(bench.queue(QUEUE)).toMatchObject({ phase: 'down', page: { kind: 'none' } });
    expect(bench.frontEnd.areas.size).toBe(0);
    bench.startRing(QUEUE);
    await bench.settle();
    expect(bench.queue(QUEUE)).toMatchObject({ phase: 'mapped', reason: null });
  });
});
