import { expect, test } from 'vitest';
import { REMEDIES } from '../../app/contract/remedies.ts';
import { CONTRADICTIONS, ERRORS, REASONS, ReasonCode } from '../../app/contract/words.ts';

const entries = (texts: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(texts).map(([code, text]) => `- \`${code}\`: ${text}`);

const page = [
  '# Reasons, contradictions and errors',
  '',
  'The codes are closed lists: a program may match on them. This page is written by `tests/docs/reasons.test.ts` from the contract (`npx vitest run tests/docs -u`).',
  '',
  '## Why a queue runs other than desired',
  '',
  'Shown as `reason.code` in `doorbell status --json`, in the panel and in the log. What to do follows each.',
  '',
  ...ReasonCode.options.map((code) => `- \`${code}\`: ${REASONS[code]} **To do:** ${REMEDIES[code]}`),
  '',
  '## What traffic showed that the protocol state denies',
  '',
  'A queue with a contradiction is SUSPECT: it is not shown as proven, whatever was acknowledged.',
  '',
  ...entries(CONTRADICTIONS),
  '',
  '## Why a command was not carried out',
  '',
  ...entries(ERRORS),
  '',
].join('\n');

test('docs/reasons.md lists every code of the contract with what it means and what to do', async () => {
  await expect(page).toMatchFileSnapshot('../../docs/reasons.md');
});
