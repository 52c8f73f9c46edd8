/** `doorbell lab`: a simulated guest on a real socket of an engine of its own, measured, for people or programs. */
import { LAB_DEFAULTS, runLabAlone, type LabSummary } from '../compose/lab.ts';
import { parseDialect } from './endpoint-spec.ts';
import { CliError, EXIT, type ExitCode } from './exit-codes.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** As commander hands them over. */
export interface LabArguments {
  readonly seconds: string;
  readonly dialect: string;
  readonly packed?: boolean | undefined;
  readonly json?: boolean | undefined;
}

const MAX_SECONDS = 3600;
const UNKNOWN = '—';

function parseSeconds(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds > 0 && seconds <= MAX_SECONDS))
    throw new CliError(
      EXIT.wrongCall,
      `--seconds ${text}: more than 0 and at most ${MAX_SECONDS} are wanted.`,
    );
  return seconds;
}

const rate = (value: number | null): string =>
  value === null ? UNKNOWN : Math.round(value).toLocaleString('en-US');
const percent = (share: number | null): string =>
  share === null ? UNKNOWN : `${(share * 100).toFixed(1)} %`;
const microseconds = (ns: number | null): string => (ns === null ? UNKNOWN : `${(ns / 1000).toFixed(1)} µs`);

/** What a person reads: the two paths side by side, then the hand-overs, then every frame accounted for. */
export function labTable({ guests, queues, legs, toggles, integrity }: LabSummary): readonly string[] {
  const { software, accelerated } = legs;
  const row = (name: string, of: (leg: LabSummary['legs']['software']) => string): readonly string[] => [
    name,
    of(software),
    of(accelerated),
  ];
  const { sent, received, lost, duplicated, reordered, corrupted } = integrity;
  return [
    `SIM: ${guests} simulated ${guests === 1 ? 'guest' : 'guests'}, ${queues} queues. Measured on this machine; a real VM also pays VM exits.`,
    '',
    ...table([
      ['', 'software', 'accelerated'],
      row('kicks/s', (leg) => rate(leg.kicksPerSecond)),
      row('doorbells/s', (leg) => rate(leg.doorbellsPerSecond)),
      row('completions/s', (leg) => rate(leg.completionsPerSecond)),
      row('by the engine/s', (leg) => rate(leg.engineCompletionsPerSecond)),
      row('worker CPU', (leg) => percent(leg.workerCpu)),
      row('simulated device CPU', (leg) => percent(leg.simulatedDeviceCpu)),
      row('round trip p50', (leg) => microseconds(leg.roundTrips.p50Ns)),
      row('round trip p99', (leg) => microseconds(leg.roundTrips.p99Ns)),
    ]),
    '',
    `${toggles.done} changes of owner, blackout p50 ${microseconds(toggles.blackoutP50Ns)}, p99 ${microseconds(toggles.blackoutP99Ns)} (${toggles.withWorkWaiting} with work waiting)`,
    `${sent} frames sent, ${received} received: ${lost} lost, ${duplicated} duplicated, ${reordered} reordered, ${corrupted} corrupted`,
  ];
}

const isWhole = ({
  sent,
  received,
  lost,
  duplicated,
  reordered,
  corrupted,
}: LabSummary['integrity']): boolean => received === sent && lost + duplicated + reordered + corrupted === 0;

export async function runLabCommand(given: LabArguments, terminal: Terminal): Promise<ExitCode> {
  const dialect = parseDialect(given.dialect);
  const json = given.json === true;
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort());
  const summary = await runLabAlone({
    ...LAB_DEFAULTS,
    dialect,
    rings: { ...LAB_DEFAULTS.rings, packed: given.packed === true },
    signal: end.signal,
    seconds: parseSeconds(given.seconds),
    onStage: (stage) => {
      if (!json) terminal.error(`${stage} …`);
    },
  });
  if (!summary.ok) throw new CliError(EXIT.failed, summary.error.message);
  if (json) terminal.out(JSON.stringify(summary.value));
  else for (const line of labTable(summary.value)) terminal.out(line);
  return isWhole(summary.value.integrity) ? EXIT.ok : EXIT.failed;
}
