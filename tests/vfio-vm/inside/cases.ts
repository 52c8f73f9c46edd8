/** Runs cases one after the other inside the machine and tells each verdict on the console. */
import { execFileSync } from 'node:child_process';
import { verdictLine } from '../verdicts.ts';
import { Bench } from '../../peers/drivers/children.ts';

/** Ends early with the figures that people want to read, or throws with why it failed. */
export type Case = (bench: Bench) => Promise<string | undefined>;

const LONGEST_MS = 120_000;

/** What the kernel says about DMA that the IOMMU refused: no completion tells of it. */
function dmaFaults(): readonly string[] {
  const lines = execFileSync('dmesg', { encoding: 'utf8', maxBuffer: 2 ** 24 }).split('\n');
  return lines.filter((line) => /DMAR:.*fault/i.test(line));
}

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`not done after ${LONGEST_MS} ms`));
    }, LONGEST_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export async function runCases(cases: Readonly<Record<string, Case>>): Promise<void> {
  for (const [name, run] of Object.entries(cases)) {
    const began = Date.now();
    const faultsBefore = dmaFaults().length;
    const bench = new Bench();
    const tell = (passed: boolean, detail: string): void => {
      const seconds = (Date.now() - began) / 1000;
      console.log(verdictLine({ name, passed, seconds, detail: detail.slice(0, 4000) }));
    };
    try {
      const detail = await within(run(bench));
      const faults = dmaFaults().slice(faultsBefore);
      if (faults.length === 0) tell(true, detail ?? '');
      else tell(false, `the IOMMU refused DMA:\n${faults.join('\n')}`);
    } catch (error) {
      console.log(await bench.report());
      tell(false, error instanceof Error ? (error.stack ?? error.message) : String(error));
    } finally {
      await bench.end();
    }
  }
}
