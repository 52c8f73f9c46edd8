/** The findings as docs/conformance.md tells them. */
import type { Check, Row } from './report.ts';
import { REMARKS, type BackEndName } from './remarks.ts';

/** Rows of an exchange that are shown: the last ones say what it is about. */
const ROWS = 10;

const fds = (count: number): string => (count === 0 ? '' : ` +${count} fd${count === 1 ? '' : 's'}`);

function line(row: Row): string {
  if (row.kind === 'event') return `      ${row.text}`;
  const shown = row.body.length < row.size * 2 ? `${row.body}…` : row.body;
  return `${row.kind === 'sent' ? '→' : '←'} ${row.name} flags 0x${row.flags.toString(16)} size ${row.size}${fds(row.fds)} ${shown}`.trimEnd();
}

/** When the end of a connection is noticed depends on the moment; that it ended is in the message. */
const isSteady = (row: Row): boolean =>
  row.kind !== 'event' ||
  !/closed the connection|sending failed|was signalled|^ring \d+: base/.test(row.text);

function exchange(rows: readonly Row[]): readonly string[] {
  const steady = rows.filter(isSteady);
  const left = steady.length - ROWS;
  return [...(left > 0 ? [`      … ${left} rows of setting up`] : []), ...steady.slice(-ROWS).map(line)];
}

const withoutPaths = (text: string): string => text.replace(/\/\S+\.sock/g, 'SOCKET');

export function findingsOf(name: BackEndName, checks: readonly Check[]): readonly string[] {
  return checks
    .filter(({ outcome }) => outcome === 'finding')
    .flatMap(({ id, level, section, rule, message, exchange: rows }) => [
      `## \`${id}\` (${level})`,
      '',
      `- **Specification**, “${section}”: ${rule}`,
      `- **Found**: ${withoutPaths(message ?? '')}`,
      `- **Read again**: ${REMARKS[name][id] ?? 'not yet'}`,
      '',
      '```text',
      ...exchange(rows),
      '```',
      '',
    ]);
}

export function countsOf(checks: readonly Check[]): string {
  const count = (is: (check: Check) => boolean): number => checks.filter(is).length;
  const of = (level: Check['level']): number =>
    count((check) => check.outcome === 'finding' && check.level === level);
  return (
    `${checks.length} checks: ${count(({ outcome }) => outcome === 'pass')} passed, ` +
    `${of('must')} findings of “must”, ${of('should')} of “should”, ` +
    `${count(({ outcome }) => outcome === 'not-applicable')} not applicable.`
  );
}
