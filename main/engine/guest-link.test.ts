/** The guest's link where it is that of the network behind an accelerator, told as a change of the configuration. */
import { describe, expect, it } from 'vitest';
import { config } from '../wire/payload/config.ts';
import { protocolMask } from '../wire/protocol-features.ts';
import { SessionBench } from './testing/session-bench.ts';

const DEVICE = 'emu0';

function running(without: bigint = 0n): SessionBench {
  const bench = new SessionBench({ netConfig: { mac: null, linkOf: DEVICE } });
  bench.negotiate(bench.runner.state.config.offeredProtocol & ~without);
  bench.startRing(0);
  bench.startRing(1);
  return bench;
}

function linkRead(bench: SessionBench): 'up' | 'down' {
  const body = bench.send('GET_CONFIG', { offset: 6, flags: 0, data: new Uint8Array(2) });
  const decoded = body === null ? null : config.decode(body);
  if (decoded?.ok !== true) throw new Error('no configuration');
  return decoded.value.data[0] === 1 ? 'up' : 'down';
}

function setLink(bench: SessionBench, link: 'up' | 'down'): void {
  bench.accelerators[0]?.setLink(link);
}

const told = (bench: SessionBench): number => bench.said.filter((word) => word === 'config change').length;

describe("The guest's link", () => {
  it('is up until the device says that it is down, and again when it says so', () => {
    const bench = running();
    expect(linkRead(bench)).toBe('up');
    setLink(bench, 'down');
    expect(linkRead(bench)).toBe('down');
    setLink(bench, 'up');
    expect(linkRead(bench)).toBe('up');
  });

  it('is up whatever happens to a device whose network is not the guest’s', () => {
    const bench = new SessionBench({ netConfig: { mac: null, linkOf: null } });
    bench.negotiate();
    bench.startRing(0);
    setLink(bench, 'down');
    expect([linkRead(bench), told(bench)]).toEqual(['up', 0]);
  });

  it('that changes after it was read is told at once, and read again', async () => {
    const bench = running();
    linkRead(bench);
    setLink(bench, 'down');
    expect(told(bench)).toBe(1);
    await bench.settle();
    expect(linkRead(bench)).toBe('down');
    setLink(bench, 'up');
    expect(told(bench)).toBe(2);
  });

  it('that nobody read is told to nobody', () => {
    const bench = running();
    setLink(bench, 'down');
    bench.send('GET_CONFIG', { offset: 0, flags: 0, data: new Uint8Array(6) });
    setLink(bench, 'up');
    setLink(bench, 'down');
    expect(told(bench)).toBe(0);
  });

  it('that changes often is told once until it is read', () => {
    const bench = running();
    linkRead(bench);
    for (const link of ['down', 'up', 'down', 'up', 'down'] as const) setLink(bench, link);
    expect(told(bench)).toBe(1);
    expect(linkRead(bench)).toBe('down');
    setLink(bench, 'up');
    expect(told(bench)).toBe(2);
  });

  it('is not told without CONFIG', () => {
    const bench = running(protocolMask('CONFIG'));
    setLink(bench, 'down');
    expect(told(bench)).toBe(0);
  });

  it('without a channel is told once there is one', () => {
    const bench = running(protocolMask('BACKEND_REQ'));
    linkRead(bench);
    setLink(bench, 'down');
    expect(told(bench)).toBe(0);
    bench.send('SET_PROTOCOL_FEATURES', bench.runner.state.config.offeredProtocol);
    bench.ask('SET_BACKEND_REQ_FD', null, [bench.ledger.make('socket')]);
    expect(told(bench)).toBe(1);
  });

  it('that was told on a channel that is lost is told again on the next', () => {
    const bench = running();
    linkRead(bench);
    setLink(bench, 'down');
    bench.loseBackEnd();
    bench.ask('SET_BACKEND_REQ_FD', null, [bench.ledger.make('socket')]);
    expect(told(bench)).toBe(2);
  });

  it('of a device that is suspended waits until a ring starts', () => {
    const bench = running();
    linkRead(bench);
    bench.stopRing(0);
    bench.stopRing(1);
    setLink(bench, 'down');
    expect(told(bench)).toBe(0);
    bench.startRing(0);
    expect(told(bench)).toBe(1);
  });

  it('is never told while a reply is owed, and right after it', () => {
    const bench = running();
    linkRead(bench);
    bench.said.length = 0;
    const mapMemory = bench.dataPath.mapMemory.bind(bench.dataPath);
    bench.dataPath.mapMemory = (regions) => {
      setLink(bench, 'down');
      return mapMemory(regions);
    };
    bench.setMemory();
    expect(bench.said).toEqual(['SET_MEM_TABLE', 'config change']);
  });
});

describe('The answer to a change', () => {
  it('has its place in the order of answers', async () => {
    const bench = running();
    linkRead(bench);
    bench.setDesired(1, 'accelerated');
    setLink(bench, 'down');
    bench.setDesired(0, 'accelerated');
    expect(bench.said.slice(-3)).toEqual(['page on', 'config change', 'page on']);
    bench.answerOne();
    expect([bench.queue(1).phase, bench.queue(0).phase]).toEqual(['mapped', 'arming']);
    bench.answerOne();
    expect([bench.queue(1).phase, bench.queue(0).phase]).toEqual(['mapped', 'arming']);
    bench.answerOne();
    expect(bench.queue(0).phase).toBe('mapped');
    await bench.settle();
    expect(bench.runner.state.backEnd).toMatchObject({ kind: 'open', outstanding: [] });
  });

  it('is not asked for without REPLY_ACK: the next answer is that of another request', () => {
    const bench = running(protocolMask('REPLY_ACK'));
    linkRead(bench);
    setLink(bench, 'down');
    expect(told(bench)).toBe(1);
    expect(bench.runner.state.backEnd).toMatchObject({ kind: 'open', outstanding: [] });
  });

  it('that refuses is logged and changes nothing else', () => {
    const bench = running();
    linkRead(bench);
    setLink(bench, 'down');
    bench.answerWith(1n);
    expect(bench.logs).toContain('warn - guest-link');
    expect(bench.queue(0).phase).toBe('software');
    setLink(bench, 'up');
    setLink(bench, 'down');
    expect(told(bench)).toBe(1);
  });
});
