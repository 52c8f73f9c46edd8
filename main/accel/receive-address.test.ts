import { expect, test } from 'vitest';
import { receiveAddress } from './receive-address.ts';

const GIVEN = '52:54:00:00:01:00';
const SEEN = '52:54:00:00:02:00';
const OTHER = '52:54:00:00:03:00';

test.each([
  ['the endpoint’s, whatever was seen', GIVEN, [SEEN, OTHER], GIVEN],
  ['the only one that it sent from, where the endpoint has none', null, [SEEN], SEEN],
  ['all, where it sent from several', null, [SEEN, OTHER], null],
  ['all, where it sent nothing yet', null, [], null],
])('the address of a guest is %s', (_, mac, learned, expected) => {
  expect(receiveAddress({ mac, learned: () => learned }, null)).toBe(expected);
});

test('what was told before stands while nothing is seen, and no longer', () => {
  expect(receiveAddress({ mac: null, learned: () => [] }, SEEN)).toBe(SEEN);
  expect(receiveAddress({ mac: null, learned: () => [OTHER] }, SEEN)).toBe(OTHER);
  expect(receiveAddress({ mac: null, learned: () => [SEEN, OTHER] }, SEEN)).toBeNull();
});
