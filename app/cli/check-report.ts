/** The outcome of `doorbell check` for people and for programs. */
import type { CaptureRow, CheckResult, Conformance } from '../compose/conformance.ts';

const HEX = (bits: bigint): string => `0x${bits.toString(16)}`;

/** A check that the specification demands and that did not pass; also one that could not run any more. */
export const failsRun = ({ outcome, level }: CheckResult): boolean =>
  level === 'must' && (outcome === 'finding' || outcome === 'not-run');

function word({ outcome, level }: CheckResult): string {
  switch (outcome) {
    case 'pass':
      return 'pass';
    case 'finding':
      return level === 'must' ? 'FAIL' : 'note';
    case 'not-applicable':
      return 'n/a';
    case 'not-run':
      return 'gone';
  }
}

/** One line per check, printed as it ends. */
export function resultLine(result: CheckResult): string {
  const why = result.message === null ? '' : `: ${result.message}`;
  const mark = result.destructive ? ' (destructive)' : '';
  return `${word(result).padEnd(5)} ${result.id.padEnd(32)} ${result.title}${mark}${why}`;
}

export function exchangeLine(row: CaptureRow): string {
  if (row.kind === 'event') return `     ${row.text}`;
  const fds = row.fds === 0 ? '' : ` +${row.fds} fd${row.fds === 1 ? '' : 's'}`;
  const shown = row.body.length < row.size * 2 ? `${row.body}…` : row.body;
  const arrow = row.kind === 'sent' ? '→' : '←';
  return `  ${arrow}  ${row.name} flags 0x${row.flags.toString(16)} size ${row.size}${fds} ${shown}`.trimEnd();
}

/** What stands behind each finding, then the sums. */
export function conformanceLines({ device, facts, results }: Conformance): readonly string[] {
  const findings = results.filter(({ outcome }) => outcome === 'finding');
  const count = (is: (result: CheckResult) => boolean): number => results.filter(is).length;
  return [
    ...findings.flatMap((result) => [
      '',
      `${word(result)} ${result.id}: ${result.message ?? ''}`,
      `  specification: ${result.section}`,
      `  it says: ${result.rule}`,
      '  the exchange:',
      ...result.exchange.map(exchangeLine),
    ]),
    '',
    facts === null
      ? 'The back-end did not tell its features.'
      : `Offered: features ${HEX(facts.virtioOffered)}, protocol features ${HEX(facts.protocolOffered)}; device: ${device ?? 'unknown'}.`,
    ...(count(({ outcome }) => outcome === 'not-run') === 0
      ? []
      : [`${count(({ outcome }) => outcome === 'not-run')} checks did not run: the back-end was gone.`]),
    `${results.length} checks: ${count(({ outcome }) => outcome === 'pass')} passed, ` +
      `${count(failsRun)} failed, ` +
      `${count((result) => result.outcome === 'finding' && !failsRun(result))} notes, ` +
      `${count(({ outcome }) => outcome === 'not-applicable')} not applicable.`,
  ];
}

/** The documented object of `--json`: 64-bit numbers are hex text, as everywhere. */
export function conformanceJson(socket: string, { device, facts, results }: Conformance): object {
  return {
    socket,
    device,
    features:
      facts === null ? null : { virtio: HEX(facts.virtioOffered), protocol: HEX(facts.protocolOffered) },
    passed: !results.some(failsRun),
    checks: results.map((result) => ({
      id: result.id,
      title: result.title,
      section: result.section,
      rule: result.rule,
      level: result.level,
      destructive: result.destructive,
      outcome: result.outcome,
      message: result.message,
      exchange: result.exchange,
      milliseconds: result.milliseconds,
    })),
  };
}
