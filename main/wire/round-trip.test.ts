import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBackend, decodeFrontend } from './decode.ts';
import { decodeAck, decodeReply } from './decode-answer.ts';
import { encodeAck, encodeBackend, encodeFrontend, encodeReply } from './encode.ts';
import { HEADER_BYTES } from './header.ts';
import { BACKEND, type BackendName } from './table/backend.ts';
import { FRONTEND, type FrontendName } from './table/frontend.ts';
import { REPLIES, type ReplyName } from './table/replies.ts';
import { backendPayloads, frontendPayloads, replyPayloads } from './testing/arbitrary.ts';
import { everything, frameOf, frameWithFds } from './testing/frame.ts';

const frontendNames = Object.values(FRONTEND).map((row) => row.name);
const backendNames = Object.values(BACKEND).map((row) => row.name);
const isReplyName = (name: string): name is ReplyName => name in REPLIES;
const replyNames = Object.keys(REPLIES).filter(isReplyName);

const dialectOf = (name: BackendName) =>
  BACKEND[name].dialects.includes('upstream') ? 'upstream' : 'rfc2018';

function frontendRoundTrip<Name extends FrontendName>(
  name: Name,
  payloads: (typeof frontendPayloads)[Name],
): void {
  fc.assert(
    fc.property(payloads, fc.boolean(), (payload, needReply) => {
      const frame = frameWithFds(encodeFrontend(name, payload, needReply), FRONTEND[name].fds);
      expect(decodeFrontend(frame, everything('upstream'))).toEqual({
        ok: true,
        value: { message: { name, payload, needReply }, notes: [] },
      });
    }),
    { numRuns: 50 },
  );
}

function backendRoundTrip<Name extends BackendName>(
  name: Name,
  payloads: (typeof backendPayloads)[Name],
): void {
  fc.assert(
    fc.property(payloads, fc.boolean(), (payload, needReply) => {
      const frame = frameWithFds(encodeBackend(name, payload, needReply), BACKEND[name].fds);
      expect(decodeBackend(frame, everything(dialectOf(name)))).toEqual({
        ok: true,
        value: { message: { name, payload, needReply }, notes: [] },
      });
    }),
    { numRuns: 50 },
  );
}

function replyRoundTrip<Name extends ReplyName>(name: Name, payloads: (typeof replyPayloads)[Name]): void {
  fc.assert(
    fc.property(payloads, (payload) => {
      const frame = frameOf(encodeReply(name, payload));
      expect(decodeReply(name, frame)).toEqual({ ok: true, value: { kind: 'reply', payload } });
    }),
    { numRuns: 50 },
  );
}

describe('round trip', () => {
  test.each(frontendNames)('%s decodes to what was encoded', (name) => {
    frontendRoundTrip(name, frontendPayloads[name]);
  });
  test.each(backendNames)('%s decodes to what was encoded', (name) => {
    backendRoundTrip(name, backendPayloads[name]);
  });
  test.each(replyNames)('the reply to %s decodes to what was encoded', (name) => {
    replyRoundTrip(name, replyPayloads[name]);
  });
  test('an acknowledgement decodes to its value', () => {
    fc.assert(
      fc.property(fc.nat(44), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (id, value) => {
        expect(decodeAck(id, frameOf(encodeAck(id, value)))).toEqual({ ok: true, value });
      }),
    );
  });
});

function everyTruncation<Name extends FrontendName>(
  name: Name,
  payloads: (typeof frontendPayloads)[Name],
): void {
  fc.assert(
    fc.property(payloads, (payload) => {
      const whole = frameWithFds(encodeFrontend(name, payload, true), FRONTEND[name].fds);
      for (let size = 0; size < whole.body.byteLength; size++) {
        const cut = { ...whole, header: { ...whole.header, size }, body: whole.body.subarray(0, size) };
        const decoded = decodeFrontend(cut, everything('upstream'));
        const valid = decoded.ok && decoded.value.message.name === name;
        // A shorter body may be a smaller value of the same layout; then its own size rule allowed it.
        expect(valid ? FRONTEND[name].payload.size.kind !== 'exact' : !decoded.ok).toBe(true);
        if (!decoded.ok) expect(['size', 'fd-count']).toContain(decoded.error.kind);
      }
    }),
    { numRuns: 5 },
  );
}

describe('truncation', () => {
  test.each(frontendNames)('%s cut anywhere is refused by size, never read past its end', (name) => {
    everyTruncation(name, frontendPayloads[name]);
  });

  test('a body shorter than its header says is an error of the framing', () => {
    const whole = frameOf(encodeFrontend('SET_FEATURES', 1n));
    expect(decodeFrontend({ ...whole, body: whole.body.subarray(1) }, everything('upstream'))).toEqual({
      ok: false,
      error: { kind: 'body', request: 2, expected: 8, bytes: 7 },
    });
  });

  test('one byte too many is refused where the size is exact', () => {
    const bytes = new Uint8Array(HEADER_BYTES + 9);
    bytes.set(encodeFrontend('SET_FEATURES', 1n));
    const frame = frameOf(bytes);
    const cut = { ...frame, header: { ...frame.header, size: 9 } };
    expect(decodeFrontend(cut, everything('upstream'))).toMatchObject({
      error: { kind: 'size', size: 9, expected: '8' },
    });
  });
});

describe('random bytes', () => {
  test('never throw, whatever number, flags, body and fd count they carry', () => {
    fc.assert(
      fc.property(
        fc.nat(50),
        fc.boolean(),
        fc.boolean(),
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(9),
        fc.constantFrom('upstream' as const, 'rfc2018' as const),
        (request, isReply, needReply, body, fdCount, dialect) => {
          const header = { request, isReply, needReply, size: body.byteLength };
          const frame = { header, body, fdCount };
          decodeFrontend(frame, everything(dialect));
          decodeBackend(frame, everything(dialect));
          for (const name of replyNames) decodeReply(name, frame);
          decodeAck(request, frame);
        },
      ),
      { numRuns: 5_000 },
    );
  });
});
