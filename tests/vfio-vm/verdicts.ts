/**
 * What a case inside the machine says about itself on the console, and what the host reads there. One line a case;
 * whatever else the console shows is the log of a failure.
 */
import { z } from 'zod';

const MARK = 'verdict: ';

export const Verdict = z.object({
  name: z.string(),
  passed: z.boolean(),
  seconds: z.number(),
  /** Why not; or what was measured, for people. */
  detail: z.string(),
});
export type Verdict = z.infer<typeof Verdict>;

export const verdictLine = (verdict: Verdict): string => MARK + JSON.stringify(verdict);

/** Every verdict on a console, by the case's name. */
export function readVerdicts(console: string): ReadonlyMap<string, Verdict> {
  const verdicts = new Map<string, Verdict>();
  for (const line of console.split(/\r?\n/)) {
    // The kernel may begin a line of its own before ours.
    const at = line.indexOf(MARK);
    if (at < 0) continue;
    const verdict = parse(line.slice(at + MARK.length));
    if (verdict !== null) verdicts.set(verdict.name, verdict);
  }
  return verdicts;
}

function parse(text: string): Verdict | null {
  try {
    return Verdict.parse(JSON.parse(text));
  } catch {
    // A kernel message cut the line: its case counts as not told.
    return null;
  }
}
