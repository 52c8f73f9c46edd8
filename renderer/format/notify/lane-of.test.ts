import { describe, expect, it } from 'vitest';
import { checksOf, firstFailure } from './checks.ts';
import { explain } from './explain.ts';
import { factsOf } from './facts.ts';
import { laneOf } from './lane-of.ts';
import { CASES, factsIn, mappedQueue, offerOf, SESSION, softwareQueue } from './testing/cases.ts';

/** What an operator sees first of one lane. */
function seen(name: string) {
  const facts = CASES[name];
  if (facts === undefined) throw new Error(`no case ${name}`);
  const lane = laneOf(facts);
  const explanation = explain(facts);
  return {
    phase: facts.queue.phase,
    word: lane.description.word,
    verdict: explanation?.id,
    certainty: explanation?.certainty,
    links: lane.links.join(' '),
    cells: lane.cells.map(({ title, detail, look }) => `${title} | ${detail} | ${look}`),
    broken: lane.broken,
    crossing: lane.crossing,
    firstFailedCheck: firstFailure(lane.checks)?.number ?? null,
  };
}

describe('a lane that goes wrong: phase, verdict, cells and broken hop', () => {
  it.each(Object.keys(CASES))('%s', (name) => {
    expect(seen(name)).toMatchSnapshot();
  });

  it('the remedy for a missing page per queue is the device option of the endpoint’s own command', () => {
    const facts = CASES['missing page-per-vq'];
    expect(facts === undefined ? null : explain(facts)?.remedy).toBe(
      '-device virtio-net-pci,netdev=n0,mq=on,page-per-vq=on,disable-legacy=on,vectors=0',
    );
  });

  it('nothing about the inside of a front-end is certain', () => {
    const certain = Object.entries(CASES)
      .map(([name, facts]) => [name, explain(facts)] as const)
      .filter(([, explanation]) => explanation?.certainty === 'certain')
      .map(([name]) => name);
    expect(certain).toEqual([
      'shared page',
      'missing bit',
      'old-generation answer',
      'accelerator refused',
      'quarantine',
    ]);
  });

  it('every verdict names its inputs and says nothing with an empty part', () => {
    for (const facts of Object.values(CASES)) {
      const explanation = explain(facts);
      if (explanation === null) throw new Error('unexplained');
      expect(explanation.inputs.length).toBeGreaterThan(0);
      for (const part of [
        explanation.what,
        explanation.effectNow,
        explanation.cause,
        explanation.proof,
        explanation.next,
      ])
        expect(part).toMatch(/^\S.{10,}[.:]$/);
    }
  });
});

describe('a lane that is well', () => {
  it('is drawn as strong as its evidence and no stronger', () => {
    const links = ([0, 1, 2, 3] as const).map(
      (evidence) => laneOf(factsIn(1, [mappedQueue(1, { evidence })])).links[0],
    );
    expect(links).toEqual(['asked', 'acknowledged', 'seen', 'proven']);
    expect(explain(factsIn(1, []))).toBeNull();
  });

  it('nine checks pass when the page is proven', () => {
    expect(checksOf(factsIn(1, [])).map(({ status }) => status)).toEqual(new Array(9).fill('pass'));
  });

  it('in software by desire uses no page: nothing of it is checked, nothing is explained', () => {
    const facts = factsIn(1, [softwareQueue(1)]);
    expect(laneOf(facts)).toMatchObject({ links: ['served', 'served', 'end'], broken: null, relay: null });
    expect(
      checksOf(facts)
        .slice(1)
        .every(({ status }) => status === 'unused'),
    ).toBe(true);
    expect(explain(facts)).toBeNull();
  });

  it('maps that may not be read are said to be so, and are not a failure', () => {
    const checks = checksOf(
      factsIn(1, [
        mappedQueue(1, { mappedAt: null, evidence: 1, mapsReadable: false, mapsReason: 'EACCES' }),
      ]),
    );
    expect(checks[7]).toMatchObject({ status: 'unknown', value: 'not permitted: EACCES' });
  });

  it('a page whose file the kernel does not name is not taken for another’s', () => {
    const nameless = { offer: offerOf(0, { file: { kind: 'other', key: null } }) };
    const [facts] = factsOf(SESSION, [mappedQueue(0, nameless), mappedQueue(1, nameless)]);
    if (facts === undefined) throw new Error('no facts');
    expect(laneOf(facts).crossing).toBeNull();
    expect(checksOf(facts)[4]?.status).toBe('unknown');
  });
});
