/** `doorbell check --json` on one back-end, with a fresh one after each check that ends it. */
import { z } from 'zod';
import { join } from 'node:path';
import { CHECKS } from '../../../main/conformance/checks/all.ts';
import type { Bench } from '../drivers/children.ts';
import { root } from '../drivers/manifest.ts';

const Row = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('event'), text: z.string() }),
  z.object({
    kind: z.enum(['sent', 'came']),
    name: z.string(),
    flags: z.number(),
    size: z.number(),
    fds: z.number(),
    body: z.string(),
  }),
]);
export type Row = z.infer<typeof Row>;

const Check = z.object({
  id: z.string(),
  section: z.string(),
  rule: z.string(),
  level: z.enum(['must', 'should']),
  destructive: z.boolean(),
  outcome: z.enum(['pass', 'finding', 'not-applicable', 'not-run']),
  message: z.string().nullable(),
  exchange: z.array(Row),
});
export type Check = z.infer<typeof Check>;
const Report = z.object({ device: z.string().nullable(), checks: z.array(Check) });

/** Starts a back-end on this socket; resolves when it listens. */
export type StartBackEnd = (bench: Bench, socket: string) => Promise<void>;

async function runOn(bench: Bench, socket: string, words: readonly string[]): Promise<readonly Check[]> {
  const child = bench.start('doorbell check', process.execPath, [
    join(root, 'dist/cli.mjs'),
    'check',
    socket,
    '--json',
    ...words,
  ]);
  const { code } = await child.exit(120_000);
  if (code !== 0 && code !== 1)
    throw new Error(`check ended with ${String(code)}: ${child.output.slice(-2000)}`);
  return Report.parse(JSON.parse(child.stdout)).checks;
}

/** Every check has run at its end; those that end the back-end were the last of theirs. */
export async function checkBackEnd(
  bench: Bench,
  start: StartBackEnd,
): Promise<{ readonly checks: readonly Check[]; readonly ended: readonly string[] }> {
  const socket = (turn: number): string => bench.path(`b${turn}.sock`);
  await start(bench, socket(0));
  const checks = [...(await runOn(bench, socket(0), ['--no-destructive']))];
  const ended: string[] = [];
  let left = CHECKS.filter(({ destructive }) => destructive === true).map(({ id }) => id);
  for (let turn = 1; left.length > 0; turn++) {
    await start(bench, socket(turn));
    const ran = (await runOn(bench, socket(turn), ['--only', ...left])).filter(
      ({ outcome }) => outcome !== 'not-run',
    );
    checks.push(...ran);
    left = left.slice(ran.length);
    const last = ran.at(-1);
    if (last === undefined) throw new Error(`no check ran on ${socket(turn)}`);
    if (left.length > 0) ended.push(last.id);
  }
  const order = CHECKS.map(({ id }) => id);
  return { checks: checks.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id)), ended };
}
