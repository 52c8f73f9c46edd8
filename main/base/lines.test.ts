import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineSplitter } from './lines.ts';

const TEXT = 'one\ntwo\n\nthree\n';

describe('LineSplitter', () => {
  test('lines come out the same wherever the stream was cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(TEXT.length)), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), TEXT.length];
        const splitter = new LineSplitter(100);
        const lines = at.flatMap((from, i) => splitter.push(TEXT.slice(from, at[i + 1])));
        expect(lines).toEqual(['one', 'two', 'three']);
      }),
    );
  });

  test('a piece without a line feed waits for the rest', () => {
    const splitter = new LineSplitter(100);
    expect(splitter.push('ab')).toEqual([]);
    expect(splitter.push('c\nd')).toEqual(['abc']);
  });

  test('an over-long line ends the stream, complete or not', () => {
    const complete = new LineSplitter(3);
    expect(complete.push('abcd\nx\n')).toEqual([]);
    expect(complete.overflowed).toBe(true);
    const growing = new LineSplitter(3);
    growing.push('ab');
    growing.push('cd');
    expect(growing.overflowed).toBe(true);
    expect(growing.push('\nx\n')).toEqual([]);
  });
});
