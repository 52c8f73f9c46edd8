import { describe, expect, test } from 'vitest';
import { decodeHeader, encodeFrame, HEADER_BYTES, MAX_BODY_BYTES } from './header.ts';

const header = (request: number, flags: number, size: number): Uint8Array =>
  new Uint8Array(new Uint32Array([request, flags, size]).buffer);

describe('header', () => {
  test('a request of version 1 is read with its number, size and no flags', () => {
    expect(decodeHeader(header(5, 0x1, 264))).toEqual({
      ok: true,
      value: { request: 5, isReply: false, needReply: false, size: 264 },
    });
  });

  test('NEED_REPLY is bit 3', () => {
    expect(decodeHeader(header(5, 0x9, 0))).toMatchObject({ value: { needReply: true, isReply: false } });
  });

  test('a reply carries exactly the flags 0x5', () => {
    expect(decodeHeader(header(1, 0x5, 8))).toMatchObject({ value: { isReply: true, needReply: false } });
  });

  test('a reply that needs a reply is refused', () => {
    expect(decodeHeader(header(1, 0xd, 8))).toEqual({
      ok: false,
      error: { kind: 'flags', request: 1, flags: 0xd },
    });
  });

  test.each([0, 2, 3])('version %i is refused', (version) => {
    expect(decodeHeader(header(1, version, 0))).toEqual({
      ok: false,
      error: { kind: 'version', request: 1, version },
    });
  });

  test('a reserved flag is refused', () => {
    expect(decodeHeader(header(1, 0x11, 0))).toMatchObject({ error: { kind: 'flags' } });
  });

  test('the highest flag is refused and not taken for a sign', () => {
    expect(decodeHeader(header(1, 0x8000_0001, 0))).toMatchObject({ error: { kind: 'flags' } });
  });

  test('a body at the cap is announced, one byte more is refused', () => {
    expect(decodeHeader(header(1, 1, MAX_BODY_BYTES))).toMatchObject({ ok: true });
    expect(decodeHeader(header(1, 1, MAX_BODY_BYTES + 1))).toMatchObject({ error: { kind: 'too-large' } });
  });

  test('a size of 4 GiB is refused', () => {
    expect(decodeHeader(header(1, 1, 0xffff_ffff))).toMatchObject({
      error: { kind: 'too-large', size: 0xffff_ffff },
    });
  });

  test.each([0, 1, 11, 13])('%i bytes are not a header', (bytes) => {
    expect(decodeHeader(new Uint8Array(bytes))).toEqual({ ok: false, error: { kind: 'header', bytes } });
  });

  test('version comes before flags and flags before size', () => {
    expect(decodeHeader(header(1, 0xf2, 0xffff_ffff))).toMatchObject({ error: { kind: 'version' } });
    expect(decodeHeader(header(1, 0xf1, 0xffff_ffff))).toMatchObject({ error: { kind: 'flags' } });
  });

  test.each([
    ['request', 0x1],
    ['request-needing-reply', 0x9],
    ['reply', 0x5],
  ] as const)('an encoded %s has the flags %i', (kind, flags) => {
    const bytes = encodeFrame(7, kind, new Uint8Array([1, 2]));
    expect([...new Uint32Array(bytes.slice(0, HEADER_BYTES).buffer)]).toEqual([7, flags, 2]);
    expect([...bytes.subarray(HEADER_BYTES)]).toEqual([1, 2]);
  });
});
