/**
 * Both halves of both dialects against each other, over real sockets: after every step what the engine says, what
 * the front-ends say and what the kernel says is one and the same, and at the end nothing is left. Every scenario
 * has a row for each dialect; the table is printed.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { loadAddon } from '../../main/addon/load.ts';
import { ACCELERATORS, Bench, type Picture } from './bench.ts';
import { held, openFds, type Held } from './kernel.ts';
import { SCENARIOS, type ScenarioName, type Step } from './scenarios.ts';

const DIALECTS = ['upstream', 'rfc2018'] as const;
const NAMES = Object.keys(SCENARIOS.upstream).filter(
  (name): name is ScenarioName => name in SCENARIOS.upstream,
);
const table: string[] = [];
const lost = { pages: 0, pageFds: 0, groupFds: 0 };

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

function reached({ phases, groups, mapped, known }: Step, picture: Picture): boolean {
  const others = Object.entries(picture.phases).filter(([name]) => !(name in phases));
  return (
    Object.entries(phases).every(([name, allowed]) =>
      [allowed].flat().includes(picture.phases[name] ?? ''),
    ) &&
    others.every(([, phase]) => phase === 'software') &&
    same(picture.groups, [...groups].sort()) &&
    same(picture.mapped, mapped) &&
    same(picture.areas, known ?? mapped)
  );
}

/**
 * `reserved`: queues that an accelerator has set aside since their session began, each with a page of its own that
 * it maps and whose fd it holds.
 */
function expected(bench: Bench, picture: Picture, reserved: number): Held {
  const kept = bench.dialect === 'rfc2018' ? picture.areas.length : 0;
  return {
    pages: reserved + picture.mapped.length,
    pageFds: reserved + picture.enginePages + kept,
    groupFds: ACCELERATORS.length + picture.distinctGroups,
  };
}

function count(found: Held, wanted: Held): void {
  lost.pages += Math.abs(found.pages - wanted.pages);
  lost.pageFds += Math.abs(found.pageFds - wanted.pageFds);
  lost.groupFds += Math.abs(found.groupFds - wanted.groupFds);
}

async function play(bench: Bench, scenario: ScenarioName): Promise<void> {
  let reserved: readonly string[] = [];
  for (const step of SCENARIOS[bench.dialect][scenario]) {
    await step.act(bench);
    const picture = await bench.until((now) => reached(step, now), `${scenario}, ${step.what}`);
    const live = (name: string) => picture.connected.includes(name.slice(0, 1));
    reserved = [...new Set([...reserved, ...picture.served])].filter(live);
    const wanted = expected(bench, picture, reserved.length);
    const found = held();
    count(found, wanted);
    table.push(row(bench.dialect, scenario, step.what, picture, found));
    expect(found, `${scenario}, ${step.what}`).toEqual(wanted);
    // Of a ring that is down nobody knows what the front-end still holds.
    const served = picture.groups.filter((name) => picture.phases[name]?.startsWith('down') === false);
    expect(picture.sent, `${scenario}, ${step.what}`).toEqual(served);
  }
}

function row(dialect: string, scenario: string, what: string, picture: Picture, found: Held): string {
  const { groups, mapped } = picture;
  return [
    dialect.padEnd(8),
    scenario.padEnd(31),
    what.padEnd(58),
    `groups ${groups.length}/${picture.distinctGroups}`,
    `mapped ${mapped.length}`,
    `known ${picture.areas.length}`,
    `kernel: ${found.pages} pages, ${found.pageFds}+${found.groupFds} fds`,
  ].join(' │ ');
}

describe.each(DIALECTS)('%s', (dialect) => {
  it.each(NAMES)(
    '%s: both sides and the kernel agree after every step, and nothing is left',
    async (scenario) => {
      const before = openFds();
      const bench = await Bench.open(dialect);
      try {
        await play(bench, scenario);
      } finally {
        await bench.close();
      }
      const left = held();
      count(left, { pages: 0, pageFds: 0, groupFds: 0 });
      expect(left).toEqual({ pages: 0, pageFds: 0, groupFds: 0 });
      expect(bench.registry.holders().size).toBe(0);
      // Finalizers run on a later turn of the loop.
      await expect.poll(openFds, { timeout: 10_000 }).toBeLessThanOrEqual(before);
      expect(loadAddon().io.leaked()).toBe(0);
    },
  );
});

afterAll(() => {
  console.log(table.join('\n'));
  console.log(
    `${DIALECTS.length} dialects × ${NAMES.length} scenarios, ${table.length} steps: ` +
      `lost mappings ${lost.pages}, page fds ${lost.pageFds}, group fds ${lost.groupFds}`,
  );
});
