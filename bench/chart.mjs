// The ratios of a run as a drawing: one bar each, the range as a line over it, the bound as a tick. On a logarithmic
// scale, so that twice as fast and half as fast are equally long.
const WIDTH = 760;
const LABELS = 300;
const RIGHT = 60;
const ROW = 26;
const TOP = 44;
const LEAST = 0.25;
const MOST = 8;
const TICKS = [0.25, 0.5, 1, 2, 4, 8];

const x = (ratio) => {
  const share = Math.log(Math.min(MOST, Math.max(LEAST, ratio)) / LEAST) / Math.log(MOST / LEAST);
  return LABELS + share * (WIDTH - LABELS - RIGHT);
};
const at = (value) => value.toFixed(1);
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const text = (left, top, content, more = '') =>
  `<text x="${at(left)}" y="${at(top)}"${more}>${escaped(content)}</text>`;
const line = (x1, y1, x2, y2, kind) =>
  `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" class="${kind}"/>`;

function bar({ id, title, ratio, reach }, index) {
  const top = TOP + index * ROW;
  const middle = top + ROW / 2;
  const label = text(8, middle + 4, `${id}  ${title.length > 40 ? `${title.slice(0, 39)}…` : title}`);
  if (ratio === null || ratio === undefined)
    return label + text(LABELS + 6, middle + 4, 'not measured', ' class="quiet"');
  const met = reach === null || ratio.median >= reach.atLeast;
  const [one, end] = [x(1), x(ratio.median)];
  return [
    label,
    `<rect x="${at(Math.min(one, end))}" y="${at(top + 6)}" width="${at(Math.max(1, Math.abs(end - one)))}" height="${ROW - 12}" class="${met ? 'met' : 'missed'}"/>`,
    line(x(ratio.min), middle, x(ratio.max), middle, 'range'),
    ...(reach === null ? [] : [line(x(reach.atLeast), top + 3, x(reach.atLeast), top + ROW - 3, 'bound')]),
    text(WIDTH - RIGHT + 8, middle + 4, `${ratio.median.toFixed(2)}×`),
  ].join('');
}

export function chart({ benches }) {
  const height = TOP + benches.length * ROW + 12;
  const axis = TICKS.flatMap((tick) => [
    line(x(tick), TOP - 6, x(tick), height - 8, tick === 1 ? 'one' : 'tick'),
    text(x(tick), TOP - 12, `${tick}×`, ' text-anchor="middle" class="quiet"'),
  ]);
  const style = [
    'text{font:12px system-ui,sans-serif;fill:#57606a}',
    '.quiet{fill:#8b949e}.met{fill:#2da44e}.missed{fill:#bf8700}',
    '.range{stroke:#57606a;stroke-width:1.5}.bound{stroke:#cf222e;stroke-width:2}',
    '.tick{stroke:#8b949e55}.one{stroke:#8b949e;stroke-width:1.5}',
  ].join('');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Ratios of the benches with their ranges">`,
    `<style>${style}</style>`,
    text(
      8,
      20,
      'Ratio to what each bench is compared with (median, line: range, red: bound); right of 1× is better',
    ),
    ...axis,
    ...benches.map(bar),
    '</svg>',
    '',
  ].join('\n');
}
