// Puts runs into the documentation: node bench/report.mjs FILE…, with each FILE from `npm run bench -- --json FILE`. A
// bench is told from the last of them that it was chosen in. Writes the table of docs/performance.md (between its two
// marks) and the chart beside it; nothing there is typed by hand.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chart } from './chart.mjs';
import { NOT_CHOSEN } from './registry.mjs';
import { HEADS, rejections, row } from './table.mjs';

const root = resolve(import.meta.dirname, '..');
const PAGE = join(root, 'docs/performance.md');
const CHART = join(root, 'docs/images/performance.svg');
const BEGIN = '<!-- figures: written by bench/report.mjs -->';
const END = '<!-- end of figures -->';

const markdownRow = (cells) => `| ${cells.join(' | ')} |`;

const chosen = ({ why }) => why !== NOT_CHOSEN;

/** Where and when, and of which benches. */
function origin({ machine, benches }) {
  const pages = machine.hugePages > 0 ? `${machine.hugePages} huge pages` : 'no huge pages';
  const ids = benches.filter(chosen).map(({ id }) => `\`${id}\``);
  const what = ids.length === benches.length ? 'all' : ids.join(', ');
  const quick = machine.quick ? ' (`--quick`)' : '';
  return `${what}${quick} on ${machine.at.slice(0, 16).replace('T', ' ')} UTC: ${machine.cpus} × ${machine.cpu}, Linux ${machine.kernel}, ${pages}, Node ${machine.node}`;
}

function figures(reports, { benches }) {
  const notes = benches.flatMap((entry) =>
    [...(entry.why === undefined ? [] : [entry.why]), ...rejections(entry), ...(entry.notes ?? [])].map(
      (note) => `- \`${entry.id}\`: ${note}`,
    ),
  );
  return [
    BEGIN,
    '',
    'Measured:',
    '',
    ...reports.map((report) => `- ${origin(report)}`),
    '',
    '![Ratios with their ranges](images/performance.svg)',
    '',
    markdownRow(HEADS),
    markdownRow(HEADS.map(() => '---')),
    ...benches.map((entry) => markdownRow(row(entry).map((cell, i) => (i === 0 ? `\`${cell}\`` : cell)))),
    '',
    ...notes,
    '',
    END,
  ].join('\n');
}

/** The benches of all runs, each as its last run tells it. */
function merged(reports) {
  const last = (id) =>
    reports.findLast(({ benches }) => benches.some((entry) => entry.id === id && chosen(entry)));
  return {
    machine: reports.at(-1).machine,
    benches: reports
      .at(-1)
      .benches.map((entry) => last(entry.id)?.benches.find(({ id }) => id === entry.id) ?? entry),
  };
}

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('usage: node bench/report.mjs FILE…');
  process.exit(2);
}
const reports = files.map((file) => JSON.parse(readFileSync(file, 'utf8')));
const report = merged(reports);
const page = readFileSync(PAGE, 'utf8');
const [before, rest] = page.split(BEGIN);
const after = rest?.split(END)[1];
if (after === undefined) throw new Error(`${PAGE} has lost its marks`);
writeFileSync(PAGE, `${before}${figures(reports, report)}${after}`);
writeFileSync(CHART, chart(report));
console.log(`${PAGE} and ${CHART} written`);
