/** docs/protocol/messages.md: the tables of main/wire, so that they cannot drift (`npx vitest run tests/docs -u`). */
import { expect, test } from 'vitest';
import { describeFdRule, describeGates, describeReply } from './tables/columns.ts';
import { PAYLOADS } from './tables/payloads.ts';
import { PROTOCOL_BITS, RFC2018_BITS } from '../../main/wire/protocol-features.ts';
import { ANSWER_CODES } from '../../main/wire/answer-codes.ts';
import { describeSize, type SizeRule } from '../../main/wire/payload/codec.ts';
import { BACKEND, type BackendRow } from '../../main/wire/table/backend.ts';
import { FRONTEND, type FrontendRow } from '../../main/wire/table/frontend.ts';
import type { Dialect } from '../../main/wire/dialect.ts';

interface AnyRow {
  readonly id: number;
  readonly name: string;
  readonly dialects: readonly Dialect[];
  readonly payload: { readonly layout: string; readonly size: SizeRule };
  readonly fds: FrontendRow['fds'];
  readonly gates: FrontendRow['gates'];
  readonly reply: FrontendRow['reply'];
  readonly served: boolean;
}

const rowLine = (row: AnyRow): string =>
  `| ${[
    row.id,
    `\`${row.name}\``,
    row.dialects.length === 2 ? 'both' : row.dialects.join(', '),
    row.payload.layout,
    describeSize(row.payload.size),
    describeFdRule(row.fds),
    describeGates(row.gates),
    describeReply(row.reply),
    row.served ? 'yes' : 'no',
  ].join(' | ')} |`;

const table = (rows: readonly AnyRow[]): readonly string[] => [
  '| id | request | dialect | payload | bytes | fds | needs | reply | served |',
  '|---|---|---|---|---|---|---|---|---|',
  ...rows.map(rowLine),
];

const frontend = Object.values<FrontendRow>(FRONTEND);
const backend = Object.values<BackendRow>(BACKEND);

/** Numbers of the back-end channel that mean two things. */
const sharedIds = backend.filter(({ dialects }) => !dialects.includes('upstream')).map(({ id }) => id);
const nameOf = (id: number, dialect: Dialect): string =>
  backend.find((row) => row.id === id && row.dialects.includes(dialect))?.name ?? '—';
const bitName = (bits: Readonly<Record<string, number>>, bit: number): string =>
  Object.entries(bits).find(([, number]) => number === bit)?.[0] ?? '—';

const page = [
  '# Messages',
  '',
  'Written by `tests/docs/messages.test.ts` from the tables that the decoders run on (`main/wire/table`). Every message has a header of 12 bytes: request, flags (version 1 in bits 0 and 1, 4 for a reply, 8 to ask for an acknowledgement), size of the payload; all in native byte order. A reply repeats the number of its request and has the flags 5. File descriptors ride with the first byte of the header.',
  '',
  '“Needs” is the feature without which a request is refused; *expects* marks one without which it is accepted and noted, as real front-ends send it. “Served: no” are requests that are refused by name; the others are served where their feature was negotiated, which takes a back-end that offers it.',
  '',
  '## From the front-end',
  '',
  ...table(frontend),
  '',
  '## From the back-end',
  '',
  'On the socket of `SET_BACKEND_REQ_FD`, with numbers of its own.',
  '',
  ...table(backend),
  '',
  '## Payloads',
  '',
  '| payload | layout |',
  '|---|---|',
  ...PAYLOADS.map(({ name, layout }) => `| ${name} | ${layout} |`),
  '',
  '## Answers',
  '',
  'An acknowledgement is a u64: 0 is yes, anything else is no. A front-end may answer any number; `doorbell vmm` answers these, so that a refusal can be explained (`main/wire/answer-codes.ts`).',
  '',
  '| answer | name |',
  '|---|---|',
  ...Object.entries(ANSWER_CODES).map(([name, code]) => `| ${code} | ${name} |`),
  '',
  '## Numbers that mean two things',
  '',
  'The draft of 2018 took numbers that were given to others before it could be merged. A connection speaks exactly one dialect, chosen by configuration, for nothing on the wire tells them apart.',
  '',
  '| number | upstream | rfc2018 |',
  '|---|---|---|',
  ...sharedIds.map(
    (id) => `| back-end request ${id} | \`${nameOf(id, 'upstream')}\` | \`${nameOf(id, 'rfc2018')}\` |`,
  ),
  `| protocol feature bit ${RFC2018_BITS.F_VFIO} | \`${bitName(PROTOCOL_BITS, RFC2018_BITS.F_VFIO)}\` | \`F_VFIO\` |`,
  `| protocol feature bit 7 | \`${bitName(PROTOCOL_BITS, 7)}\` | the prose of the draft says “bit 7” for \`F_VFIO\`; its code says 8, and 8 is used here |`,
  '',
].join('\n');

test('docs/protocol/messages.md lists every row of both tables and every payload', async () => {
  const documented = new Set(PAYLOADS.map(({ name }) => name));
  const used = [...frontend, ...backend].map(({ payload }) => payload.layout);
  expect(used.filter((layout) => !documented.has(layout))).toEqual([]);
  await expect(page).toMatchFileSnapshot('../../docs/protocol/messages.md');
});
