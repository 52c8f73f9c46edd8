/** A recording as a sequence diagram that code hosts draw (Mermaid). */
import type { Recorded } from './recorder.ts';

const PARTICIPANT = { 'front-end': 'F', 'back-end': 'B' } as const;

function line(row: Recorded): string {
  if (row.kind === 'note') return `  Note over ${PARTICIPANT[row.side]}: ${row.text}`;
  const [from, to] = row.from === 'front-end' ? ['F', 'B'] : ['B', 'F'];
  return `  ${from}${row.isReply ? '-->>' : '->>'}${to}: ${row.text}`;
}

export const diagram = (rows: readonly Recorded[]): readonly string[] => [
  '```mermaid',
  'sequenceDiagram',
  '  participant F as front-end',
  '  participant B as back-end',
  ...rows.map(line),
  '```',
];
