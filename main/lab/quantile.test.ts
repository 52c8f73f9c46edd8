import { expect, it } from 'vitest';
import { quantile } from './quantile.ts';

it('the quantile of nothing is unknown', () => {
  expect(quantile([], 0.5)).toBeNull();
});

it('the median and the 99th percentile of 1 to 100 are 50 and 99', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect([quantile(values, 0.5), quantile(values, 0.99)]).toEqual([50, 99]);
});

it('the quantiles of one value are that value', () => {
  expect([quantile([7], 0), quantile([7], 0.5), quantile([7], 1)]).toEqual([7, 7, 7]);
});
