import { describe, expect, test } from 'vitest';
import { owedToFrontend, refusalToFrontend } from './encode.ts';
import { protocolMask } from './protocol-features.ts';
import { everything, nothing } from './testing/frame.ts';

const num = (needReply: boolean) =>
  ({ name: 'SET_VRING_NUM', payload: { index: 0, num: 256 }, needReply }) as const;
const base = (needReply: boolean) =>
  ({ name: 'GET_VRING_BASE', payload: { index: 0, num: 0 }, needReply }) as const;
const log = {
  name: 'SET_LOG_BASE',
  payload: { kind: 'shared', size: 1n, offset: 0n },
  needReply: false,
} as const;

describe('what a request is owed', () => {
  test('NEED_REPLY with REPLY_ACK negotiated is owed an acknowledgement', () => {
    expect(owedToFrontend(num(true), everything('upstream'))).toBe('ack');
  });
  test('NEED_REPLY without REPLY_ACK is owed nothing', () => {
    expect(owedToFrontend(num(true), nothing('upstream'))).toBe('none');
  });
  test('no NEED_REPLY is owed nothing', () => {
    expect(owedToFrontend(num(false), everything('upstream'))).toBe('none');
  });
  test('NEED_REPLY changes nothing for an explicit reply', () => {
    expect(owedToFrontend(base(true), everything('upstream'))).toBe('explicit');
    expect(owedToFrontend(base(false), nothing('upstream'))).toBe('explicit');
  });
  test('SET_LOG_BASE is answered only with LOG_SHMFD', () => {
    expect(owedToFrontend(log, nothing('upstream'))).toBe('none');
    const shared = { ...nothing('upstream'), protocolAcked: protocolMask('LOG_SHMFD') };
    expect(owedToFrontend(log, shared)).toBe('explicit');
  });
  test('a refusal follows what is owed', () => {
    expect(refusalToFrontend(num(true), everything('upstream'))).toBe('value');
    expect(refusalToFrontend(num(false), everything('upstream'))).toBe('silent');
    expect(refusalToFrontend(base(false), everything('upstream'))).toBe('impossible');
  });
});
