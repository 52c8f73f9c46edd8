import { describe, expect, it } from 'vitest';
import { breakCommand } from './command-lines.ts';
import { count, hex, nanoseconds, percent, perSecond, plural, UNKNOWN } from './numbers.ts';
import { age, clockMs, span } from './times.ts';

describe('numbers', () => {
  it('unknown is a dash and never 0', () => {
    expect([count(null), perSecond(null), hex(null), nanoseconds(null), percent(null)]).toEqual(
      Array(5).fill(UNKNOWN),
    );
  });

  it('counts are grouped by U+202F, hex by underscores', () => {
    expect(count(41_200)).toBe('41\u202f200');
    expect(count(1_234_567)).toBe('1\u202f234\u202f567');
    expect(count(999)).toBe('999');
    expect(hex('0xfe003000')).toBe('0xfe00_3000');
    expect(hex('0x3000')).toBe('0x3000');
  });

  it('a slow rate keeps its digit, for 0.4 is not 0', () => {
    expect([perSecond(0), perSecond(0.4), perSecond(3), perSecond(9.94), perSecond(12.3)]).toEqual([
      '0',
      '0.4',
      '3',
      '9.9',
      '12',
    ]);
  });

  it('lengths and shares carry their unit', () => {
    expect([nanoseconds(840), nanoseconds(38_200), nanoseconds(1_900_000)]).toEqual([
      '840\u202fns',
      '38\u202fµs',
      '1.9\u202fms',
    ]);
    expect([percent(0.97), plural(1, 'queue'), plural(0, 'queue')]).toEqual([
      '97\u202f%',
      '1 queue',
      '0 queues',
    ]);
  });
});

describe('times', () => {
  it('spans use the largest fitting unit', () => {
    const spans = [14, 1_240, 41_000, 180_000, 11_520_000, 965_000_000].map(span);
    expect(spans).toEqual(['14 ms', '1.2 s', '41 s', '3 min', '3 h 12 min', '11 d 4 h']);
  });

  it('ages are right to the second', () => {
    expect([age(400), age(4_900), age(200_000)]).toEqual(['now', '4 s', '3 min']);
  });

  it('the clock is UTC with milliseconds', () => {
    expect(clockMs(Date.UTC(2026, 0, 2, 13, 42, 7, 4))).toBe('13:42:07.004');
  });
});

describe('breakCommand', () => {
  const command = 'qemu-system-x86_64 -m 1G -chardev socket,id=c0,path=/run/a.sock -device virtio-net-pci';

  it('lines break before options, fit, and join to the very command', () => {
    const lines = breakCommand(command, 40);
    expect(lines.every((line) => line.length <= 40)).toBe(true);
    expect(lines.join(' ')).toBe(command);
  });

  it('an option longer than the line stays whole', () => {
    expect(breakCommand('a -b', 2)).toEqual(['a', '-b']);
    expect(breakCommand('', 10)).toEqual([]);
  });
});
