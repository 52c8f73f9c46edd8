import { describe, expect, it } from 'vitest';
import { region, SessionBench } from './testing/session-bench.ts';

function running(): SessionBench {
  const bench = new SessionBench();
  bench.negotiate();
  bench.startRing(1);
  return bench;
}

const high = region(0x100000n, 0x10000n);

describe('Memory slots', () => {
  it('ADD_MEM_REG moves running rings to a table with the region, and the old one is released', () => {
    const bench = running();
    expect(bench.ask('ADD_MEM_REG', high, [bench.ledger.make('memfd')])).toBe(0n);
    expect(bench.runner.state.memory).toMatchObject({ generation: 2 });
    expect(bench.runner.state.memory?.regions).toHaveLength(2);
    expect(bench.dataPath.memories.map((memory) => memory.closed)).toEqual([true, false]);
    expect(bench.ring(1).memory).toBe(bench.dataPath.memories[1]);
  });

  it('a region that is added once per queue pair must be removed as often (QEMU 7.2)', () => {
    const bench = running();
    bench.ask('ADD_MEM_REG', high, [bench.ledger.make('memfd')]);
    const open = bench.ledger.open;
    expect(bench.ask('ADD_MEM_REG', high, [bench.ledger.make('memfd')])).toBe(0n);
    expect(bench.ledger.open).toBe(open);
    expect(bench.ask('REM_MEM_REG', high)).toBe(0n);
    expect(bench.runner.state.memory?.regions).toHaveLength(2);
    expect(bench.ask('REM_MEM_REG', high)).toBe(0n);
    expect(bench.runner.state.memory?.regions).toHaveLength(1);
    expect(bench.ask('REM_MEM_REG', high)).toBe(1n);
  });

  it('a region that overlaps another is refused and its fd closed', () => {
    const bench = running();
    const open = bench.ledger.open;
    const overlapping = region(0x8000n, 0x10000n);
    expect(bench.ask('ADD_MEM_REG', overlapping, [bench.ledger.make('memfd')])).toBe(1n);
    expect(bench.ledger.open).toBe(open);
    expect(bench.queue(1).phase).toBe('software');
  });

  it('no more regions than there are slots', () => {
    const bench = running();
    const answers = Array.from({ length: 8 }, (_, slot) =>
      bench.ask('ADD_MEM_REG', region(0x1000000n * BigInt(slot + 1), 0x1000n), [bench.ledger.make('memfd')]),
    );
    expect(answers).toEqual([0n, 0n, 0n, 0n, 0n, 0n, 0n, 1n]);
  });

  it('removing the last region stops the rings', () => {
    const bench = running();
    expect(bench.ask('REM_MEM_REG', region(0n, 0x10000n))).toBe(0n);
    expect(bench.queue(1).phase).toBe('down');
    expect(bench.dataPath.memories.every((memory) => memory.closed)).toBe(true);
  });

  it('a table that cannot be mapped is refused, and rings go on under the old one', () => {
    const bench = running();
    bench.dataPath.refuseMemory = { code: 'ENOMEM', message: 'no room' };
    expect(
      bench.ask('SET_MEM_TABLE', { regions: [region(0n, 0x20000n)] }, [bench.ledger.make('memfd')]),
    ).toBe(1n);
    expect(bench.queue(1)).toMatchObject({ phase: 'software', reason: null });
    expect(bench.runner.state.memory?.generation).toBe(1);
  });

  it('a ring that the new table does not hold breaks, the others go on', () => {
    const bench = running();
    bench.startRing(0);
    bench.ring(1).refuse = { code: 'ring-address-invalid', message: 'outside' };
    expect(
      bench.ask('SET_MEM_TABLE', { regions: [region(0n, 0x20000n)] }, [bench.ledger.make('memfd')]),
    ).toBe(0n);
    expect(bench.queue(1)).toMatchObject({ phase: 'down', reason: { code: 'ring-address-invalid' } });
    expect(bench.queue(0).phase).toBe('software');
  });
});
