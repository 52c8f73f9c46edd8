import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { LineOutput } from './line-output.ts';

/** Takes nothing until `release`. */
class Stuck extends Writable {
  readonly taken: string[] = [];
  #release: (() => void) | null = null;

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.taken.push(chunk.toString());
    this.#release = callback;
  }

  /** Lets everything through that waits. */
  release(): void {
    while (this.#release !== null) {
      const go = this.#release;
      this.#release = null;
      go();
    }
  }
}

const MEGABYTE = 'x'.repeat(1024 * 1024);

describe('LineOutput', () => {
  test('a reader that stopped loses lines above the limit and is told how many', () => {
    const stream = new Stuck();
    const output = new LineOutput(stream, (count) => `missed ${count}`);
    for (let i = 0; i < 10; i++) output.write(MEGABYTE);
    expect(stream.writableLength).toBeLessThan(7 * MEGABYTE.length);
    stream.release();
    output.write('after');
    stream.release();
    expect(stream.taken.slice(-2)).toEqual(['missed 6\n', 'after\n']);
  });

  test('flush resolves though nobody reads', async () => {
    const output = new LineOutput(new Stuck(), () => '');
    output.write('line');
    await expect(output.flush()).resolves.toBeUndefined();
  });

  test('a reader that went away is no error', async () => {
    const stream = new Stuck();
    const output = new LineOutput(stream, () => '');
    stream.destroy(new Error('EPIPE'));
    output.write('line');
    await expect(output.flush()).resolves.toBeUndefined();
  });
});
