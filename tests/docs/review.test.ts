import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

test('every test that docs/protocol/review-2018.md names as a proof exists', () => {
  const page = readFileSync(join(root, 'docs/protocol/review-2018.md'), 'utf8');
  const named = [...page.matchAll(/`((?:tests|main|native)\/[\w./-]+_?test\.(?:ts|cc))`/g)].map(
    ([, path]) => path,
  );

  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => path === undefined || !existsSync(join(root, path)))).toEqual([]);
});
