// Puts a run into the documentation: node bench/report.mjs FILE, with FILE from `npm run bench -- --json FILE`. Writes the
// table of docs/performance.md (between its two marks) and the chart beside it; nothing there is typed by hand.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chart } from './chart.mjs';
import { HEADS, rejections, row } from './table.mjs';

const root = resolve(import.meta.dirname, '..');
const PAGE = join(root, 'docs/performance.md');
const CHART = join(root, 'docs/images/performance.svg');
const BEGIN = '<!-- figures: written by bench/report.mjs -->';
const END = '<!-- end of figures -->';

const markdownRow = (cells) => `| ${cells.join(' | ')} |`;

function figures({ machine, benches }) {
  const pages = machine.hugePages > 0 ? `${machine.hugePages} huge pages` : 'no huge pages';
  const kind = machine.quick ? 'a `--quick` run' : 'a full run';
  const notes = benches.flatMap((entry) =>
    [...(entry.why === undefined ? [] : [entry.why]), ...rejections(entry), ...(entry.notes ?? [])].map(
      (note) => `- \`${entry.id}\`: ${note}`,
    ),
  );
  return [
    BEGIN,
    '',
    `From ${kind} on ${machine.at.slice(0, 10)}: ${machine.cpus} × ${machine.cpu}, Linux ${machine.kernel}, ${pages}, Node ${machine.node}.`,
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

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: node bench/report.mjs FILE');
  process.exit(2);
}
const report = JSON.parse(readFileSync(file, 'utf8'));
const page = readFileSync(PAGE, 'utf8');
const [before, rest] = page.split(BEGIN);
const after = rest?.split(END)[1];
if (after === undefined) throw new Error(`${PAGE} has lost its marks`);
writeFileSync(PAGE, `${before}${figures(report)}${after}`);
writeFileSync(CHART, chart(report));
console.log(`${PAGE} and ${CHART} written`);
