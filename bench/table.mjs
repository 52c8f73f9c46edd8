// A run as the table that people read.
const UNKNOWN = '—';
const two = (value) => value.toFixed(2);

export const amount = (value) =>
  value >= 1e6
    ? `${(value / 1e6).toFixed(1)} M`
    : value >= 1e4
      ? `${(value / 1e3).toFixed(1)} k`
      : value >= 100
        ? value.toFixed(0)
        : value.toPrecision(3);

const ratio = (entry) =>
  entry.ratio === null || entry.ratio === undefined
    ? UNKNOWN
    : `${two(entry.ratio.median)} (${two(entry.ratio.min)}–${two(entry.ratio.max)})`;
const side = (spread, unit) =>
  spread === null || spread === undefined ? UNKNOWN : `${amount(spread.median)} ${unit ?? ''}`.trim();

const reach = (bound) =>
  bound === null ? UNKNOWN : bound.atLeast === undefined ? `≤ ${bound.atMost}` : `≥ ${bound.atLeast}`;

export const HEADS = [
  'id',
  'what',
  'ratio (range)',
  'reach',
  'ours',
  'theirs',
  'pairs',
  'rejected',
  'placement',
];

export const row = (entry) => [
  entry.id,
  entry.title,
  ratio(entry),
  reach(entry.reach),
  side(entry.ours, entry.unit),
  side(entry.theirs, entry.unit),
  String(entry.pairs),
  String(entry.rejected),
  entry.placement ?? UNKNOWN,
];

/** Why pairs were rejected, and what the ratio would be with them. */
export const rejections = ({ reasons = [], ungated }) =>
  reasons.length === 0
    ? []
    : [
        `rejected: ${reasons.map(({ why, count }) => `${count} × ${why}`).join(', ')}`,
        ...(ungated === null || ungated === undefined
          ? []
          : [`with them: ${two(ungated.median)} (${two(ungated.min)}–${two(ungated.max)})`]),
      ];

/** Lines for a terminal; under a row without a ratio stands why. */
export function table({ benches }) {
  const rows = [HEADS, ...benches.map(row)];
  const widths = HEADS.map((_, column) => Math.max(...rows.map((cells) => cells[column].length)));
  const line = (cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd();
  return [
    line(HEADS),
    ...benches.flatMap((entry) => [
      line(row(entry)),
      ...(entry.why === undefined ? [] : [`    ${entry.why}`]),
      ...rejections(entry).map((line) => `    ${line}`),
      ...(entry.notes ?? []).map((note) => `    ${note}`),
    ]),
  ];
}
