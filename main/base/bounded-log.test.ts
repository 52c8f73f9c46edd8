import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoundedLog } from './bounded-log.ts';

test('BoundedLog holds the newest entries in order, however many came', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer(), { maxLength: 100 }),
      fc.integer({ min: 1, max: 20 }),
      (entries, capacity) => {
        const log = new BoundedLog<number>(capacity);
        for (const entry of entries) log.push(entry);
        expect(log.newest()).toEqual(entries.slice(-capacity));
      },
    ),
  );
});
