import { describe, expect, test } from 'vitest';
import { frontendAddr, guestAddr } from './address.ts';
import { decodeBackend, decodeFrontend, type Frame } from './decode.ts';
import { decodeAck, decodeReply } from './decode-answer.ts';
import { encodeAck, encodeBackend, encodeFrontend, encodeRefusal } from './encode.ts';
import { encodeFrame, HEADER_BYTES } from './header.ts';
import type { Negotiated } from './negotiated.ts';
import { protocolMask } from './protocol-features.ts';
import { BACKEND } from './table/backend.ts';
import { FRONTEND, type FrontendName } from './table/frontend.ts';
import { everything, frameOf, nothing } from './testing/frame.ts';
import { virtioMask } from './virtio-features.ts';
import { describeWireError, effectOf, type WireError } from './wire-error.ts';

const region = {
  guestAddress: guestAddr(0n),
  size: 0x1000n,
  frontendAddress: frontendAddr(0x7f00_0000_0000n),
  mmapOffset: 0n,
};
const raw = (id: number, size: number, needReply = false, fdCount = 0): Frame =>
  frameOf(encodeFrame(id, needReply ? 'request-needing-reply' : 'request', new Uint8Array(size)), fdCount);
const upstream = everything('upstream');
const noReplyAck: Negotiated = {
  ...upstream,
  protocolAcked: upstream.protocolAcked & ~protocolMask('REPLY_ACK'),
};

function errorOf(frame: Frame, negotiated: Negotiated = upstream): WireError | null {
  const decoded = decodeFrontend(frame, negotiated);
  return decoded.ok ? null : decoded.error;
}
const effect = (frame: Frame, negotiated: Negotiated = upstream) => {
  const error = errorOf(frame, negotiated);
  return error === null ? 'accepted' : effectOf(error);
};

describe('decode order (design: row, size, fds, gate, fields)', () => {
  test('an unknown number comes before its size', () => {
    expect(errorOf(raw(99, 3, true, 5))?.kind).toBe('unknown-request');
  });
  test('size comes before fd count', () => {
    expect(errorOf(raw(19, 7, true, 5), nothing('upstream'))?.kind).toBe('size');
  });
  test('fd count comes before the feature gate', () => {
    expect(errorOf(raw(19, 8, true, 5), nothing('upstream'))?.kind).toBe('fd-count');
  });
  test('the feature gate comes before fields', () => {
    const bad = encodeFrontend('SET_VRING_ENDIAN', { index: 0, num: 2 });
    expect(errorOf(frameOf(bad), nothing('upstream'))?.kind).toBe('feature-gate');
    expect(errorOf(frameOf(bad))?.kind).toBe('field');
  });
  test('a reply where a request is expected is an error of direction', () => {
    expect(errorOf(frameOf(encodeAck(1, 0n)))).toEqual({
      kind: 'direction',
      request: 1,
      expected: 'request',
    });
  });
});

describe('unknown request', () => {
  test('is told no where it asked and REPLY_ACK is negotiated', () => {
    expect(effect(raw(99, 0, true))).toBe('nack');
  });
  test('is ignored where it did not ask', () => {
    expect(effect(raw(99, 0))).toBe('ignore');
  });
  test('is ignored where it asked without REPLY_ACK', () => {
    expect(effect(raw(99, 0, true), noReplyAck)).toBe('ignore');
  });
});

describe('wrong size or fd count', () => {
  test('is told no where it asked', () => {
    expect(effect(raw(2, 9, true))).toBe('nack');
    expect(effect(raw(2, 8, true, 1))).toBe('nack');
  });
  test('closes where it did not ask', () => {
    expect(effect(raw(2, 9))).toBe('close');
    expect(effect(raw(2, 8, false, 1))).toBe('close');
  });
  test('closes where the answer cannot say no', () => {
    expect(effect(raw(FRONTEND.GET_FEATURES.id, 8, true))).toBe('close');
  });
  test('GET_CONFIG of a wrong size is told no by an empty reply', () => {
    const error = errorOf(raw(FRONTEND.GET_CONFIG.id, 11));
    expect(error).toMatchObject({ kind: 'size', about: { refusal: 'empty' } });
    expect(encodeRefusal(FRONTEND.GET_CONFIG.id, 'empty')?.byteLength).toBe(HEADER_BYTES);
  });
});

describe('fd counts', () => {
  const kick = (noFd: boolean) => encodeFrontend('SET_VRING_KICK', { index: 3, noFd });
  test('SET_VRING_KICK with an fd and without the no-fd bit is accepted', () => {
    expect(effect(frameOf(kick(false), 1))).toBe('accepted');
  });
  test('SET_VRING_KICK without an fd and with the no-fd bit is accepted', () => {
    expect(effect(frameOf(kick(true), 0))).toBe('accepted');
  });
  test.each([
    ['no fd and no no-fd bit', false, 0],
    ['two fds', false, 2],
    ['an fd and the no-fd bit', true, 1],
  ])('SET_VRING_KICK with %s is refused', (_what, noFd, fds) => {
    expect(errorOf(frameOf(kick(noFd), fds))?.kind).toBe('fd-count');
  });

  const table = encodeFrontend('SET_MEM_TABLE', { regions: [region, region] });
  test.each([0, 1, 3])('SET_MEM_TABLE of two regions with %i fds is refused', (fds) => {
    expect(errorOf(frameOf(table, fds))).toMatchObject({ kind: 'fd-count', expected: '2' });
  });
  test('SET_MEM_TABLE of two regions with two fds is accepted', () => {
    expect(effect(frameOf(table, 2))).toBe('accepted');
  });

  test.each([
    [0, 'accepted'],
    [1, 'accepted'],
    [2, 'close'],
  ])('REM_MEM_REG with %i fds is %s', (fds, outcome) => {
    expect(effect(frameOf(encodeFrontend('REM_MEM_REG', region), fds))).toBe(outcome);
  });

  test('an unexpected fd is refused for every message that takes none', () => {
    const rows = Object.values(FRONTEND).filter((row) => row.fds.kind === 'exact' && row.fds.count === 0);
    for (const row of rows) {
      const size = row.payload.size.kind === 'exact' ? row.payload.size.bytes : 12;
      expect([row.name, errorOf(raw(row.id, size, false, 1))?.kind]).toEqual([row.name, 'fd-count']);
    }
    expect(rows).toHaveLength(32);
  });
});

describe('SET_MEM_TABLE', () => {
  const withTail = (regions: number, tail: number): Frame => {
    const bytes = encodeFrontend('SET_MEM_TABLE', { regions: Array.from({ length: regions }, () => region) });
    const body = new Uint8Array(bytes.byteLength - HEADER_BYTES + tail);
    body.set(bytes.subarray(HEADER_BYTES));
    return frameOf(encodeFrame(5, 'request', body), regions);
  };
  test('of one region in 72 bytes, as user-mode Linux sends it, is accepted and its tail ignored', () => {
    expect(decodeFrontend(withTail(1, 32), upstream)).toMatchObject({
      ok: true,
      value: { message: { payload: { regions: [region] } } },
    });
  });
  test('of eight regions in 264 bytes is accepted', () => {
    expect(effect(withTail(8, 0))).toBe('accepted');
  });
  test('of eight regions in 265 bytes is refused', () => {
    expect(errorOf(withTail(8, 1))?.kind).toBe('size');
  });
  test('that counts nine regions is refused by size, whatever it carries', () => {
    const frame = withTail(8, 0);
    frame.body[0] = 9;
    expect(errorOf(frame)?.kind).toBe('size');
  });
  test('that counts 2^32-1 regions is refused by size', () => {
    const frame = withTail(8, 0);
    frame.body.fill(0xff, 0, 4);
    expect(errorOf(frame)?.kind).toBe('size');
  });
  test('without a region is refused by its count', () => {
    expect(errorOf(raw(5, 8))).toMatchObject({ kind: 'field', field: 'count' });
  });
  test.each([
    ['size', { ...region, size: 0n }],
    ['guest address', { ...region, guestAddress: guestAddr(0xffff_ffff_ffff_f001n) }],
    ['user address', { ...region, frontendAddress: frontendAddr(0xffff_ffff_ffff_f001n) }],
    ['mmap offset', { ...region, mmapOffset: 0xffff_ffff_ffff_f001n }],
  ])('with a region of a bad %s is refused by that field', (field, bad) => {
    const frame = frameOf(encodeFrontend('SET_MEM_TABLE', { regions: [region, bad] }), 2);
    expect(errorOf(frame)).toMatchObject({ kind: 'field', field });
  });
  test('with a region that ends at 2^64 is accepted', () => {
    const last = { ...region, guestAddress: guestAddr(0xffff_ffff_ffff_f000n) };
    expect(effect(frameOf(encodeFrontend('SET_MEM_TABLE', { regions: [last] }), 1))).toBe('accepted');
  });
});

describe('feature gates', () => {
  const gated: readonly [FrontendName, Frame][] = [
    ['SEND_RARP', raw(19, 8)],
    ['NET_SET_MTU', raw(20, 8)],
    ['SET_BACKEND_REQ_FD', raw(21, 0, false, 1)],
    ['SET_VRING_ENDIAN', raw(23, 8)],
    ['SET_CONFIG', frameOf(encodeFrontend('SET_CONFIG', { offset: 0, flags: 0, data: new Uint8Array(0) }))],
    ['RESET_DEVICE', raw(34, 0)],
    ['VRING_KICK', raw(35, 8)],
    ['ADD_MEM_REG', raw(37, 40, false, 1)],
    ['REM_MEM_REG', raw(38, 40)],
    ['SET_STATUS', raw(39, 8)],
  ];
  test.each(gated)('%s without its feature is ignored where it did not ask', (_name, frame) => {
    expect(errorOf(frame, nothing('upstream'))?.kind).toBe('feature-gate');
    expect(effect(frame, nothing('upstream'))).toBe('ignore');
  });
  test('a gated request whose answer has no error form closes', () => {
    expect(effect(raw(36, 0), nothing('upstream'))).toBe('close');
  });
  test('NET_SET_MTU needs the protocol feature and the virtio feature', () => {
    const frame = raw(20, 8);
    const half = { ...nothing('upstream'), protocolAcked: protocolMask('MTU') };
    expect(errorOf(frame, half)).toMatchObject({ kind: 'feature-gate', missing: 'feature NET_F_MTU' });
    expect(effect(frame, { ...half, virtioOffered: virtioMask('NET_F_MTU') })).toBe('accepted');
  });
  test.each([
    'SET_VRING_ENABLE',
    'GET_QUEUE_NUM',
    'GET_PROTOCOL_FEATURES',
    'SET_PROTOCOL_FEATURES',
    'GET_STATUS',
  ] as const)('%s without its feature is accepted and noted', (name) => {
    const row = FRONTEND[name];
    const size = row.payload.size.kind === 'exact' ? row.payload.size.bytes : 0;
    const decoded = decodeFrontend(raw(row.id, size), nothing('upstream'));
    expect(decoded).toMatchObject({ ok: true, value: { message: { name } } });
    expect(decoded.ok && decoded.value.notes).toHaveLength(1);
  });
});

describe('dialects', () => {
  const page = { index: 1, noFd: false, size: 4096n, offset: 0n };
  test('back-end request 3 is a host notifier upstream', () => {
    const frame = frameOf(encodeBackend('BACKEND_VRING_HOST_NOTIFIER_MSG', page), 1);
    expect(decodeBackend(frame, upstream)).toMatchObject({
      value: { message: { name: 'BACKEND_VRING_HOST_NOTIFIER_MSG', payload: page } },
    });
  });
  test('back-end request 3 is a VFIO group in rfc2018', () => {
    const frame = frameOf(encodeBackend('VRING_VFIO_GROUP_MSG', { index: 1, noFd: false }), 1);
    expect(decodeBackend(frame, everything('rfc2018'))).toMatchObject({
      value: { message: { name: 'VRING_VFIO_GROUP_MSG', payload: { index: 1, noFd: false } } },
    });
  });
  test('a host notifier sent to an rfc2018 front-end is refused by size', () => {
    const frame = frameOf(encodeBackend('BACKEND_VRING_HOST_NOTIFIER_MSG', page), 1);
    expect(decodeBackend(frame, everything('rfc2018'))).toMatchObject({ error: { kind: 'size' } });
  });
  test('a notify area sent to an upstream front-end is refused by size', () => {
    const frame = frameOf(encodeBackend('VRING_NOTIFY_AREA_MSG', page), 1);
    expect(decodeBackend(frame, upstream)).toMatchObject({ error: { kind: 'size' } });
  });
  test.each(['CREATE_CRYPTO_SESSION', 'POSTCOPY_ADVISE', 'POSTCOPY_LISTEN', 'POSTCOPY_END'] as const)(
    '%s in rfc2018 shows that the front-end speaks another dialect',
    (name) => {
      expect(errorOf(raw(FRONTEND[name].id, 8), everything('rfc2018'))).toMatchObject({
        kind: 'foreign-dialect',
        about: { name },
      });
    },
  );
  test('every back-end request has a row in one dialect at least', () => {
    expect(Object.values(BACKEND).every((row) => row.dialects.length > 0)).toBe(true);
  });
});

describe('GET_VRING_BASE', () => {
  test('with garbage in num, as DPDK sends it, is accepted', () => {
    expect(effect(frameOf(encodeFrontend('GET_VRING_BASE', { index: 0, num: 0xdead_beef })))).toBe(
      'accepted',
    );
  });
});

describe('index word', () => {
  test('stray bits above bit 8 are ignored', () => {
    const frame = raw(12, 8, false, 1);
    frame.body.fill(0xfe, 2);
    frame.body[0] = 5;
    expect(decodeFrontend(frame, upstream)).toMatchObject({
      value: { message: { payload: { index: 5, noFd: false } } },
    });
  });
});

describe('answers', () => {
  test('an answer to another request than the one asked is out of place', () => {
    expect(decodeAck(5, frameOf(encodeAck(6, 0n)))).toMatchObject({ error: { kind: 'reply-mismatch' } });
  });
  test('a request where an answer is expected is an error of direction', () => {
    expect(decodeAck(5, raw(5, 8))).toMatchObject({ error: { kind: 'direction' } });
  });
  test.each([0, 4, 9, 16])('an acknowledgement of %i bytes is out of place', (size) => {
    const frame = frameOf(encodeFrame(5, 'reply', new Uint8Array(size)));
    expect(decodeAck(5, frame)).toMatchObject({ error: { kind: 'reply-mismatch' } });
  });
  test('an acknowledgement with an fd is out of place', () => {
    expect(decodeAck(5, frameOf(encodeAck(5, 0n), 1))).toMatchObject({ error: { kind: 'reply-mismatch' } });
  });
  test('an empty reply to GET_CONFIG is a refusal', () => {
    expect(decodeReply('GET_CONFIG', frameOf(encodeFrame(24, 'reply', new Uint8Array(0))))).toEqual({
      ok: true,
      value: { kind: 'refused' },
    });
  });
  test('an empty reply to GET_FEATURES is out of place', () => {
    expect(decodeReply('GET_FEATURES', frameOf(encodeFrame(1, 'reply', new Uint8Array(0))))).toMatchObject({
      error: { kind: 'reply-mismatch' },
    });
  });
});

describe('every error', () => {
  test('has one line of text that names its message', () => {
    expect(describeWireError({ kind: 'version', request: 7, version: 2 })).toBe(
      'Request 7 has protocol version 2, not 1',
    );
    const error = errorOf(raw(19, 8), nothing('upstream'));
    expect(error && describeWireError(error)).toBe(
      'SEND_RARP needs protocol feature RARP, which was not negotiated',
    );
  });
});
