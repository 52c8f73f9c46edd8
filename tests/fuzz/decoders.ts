/** Both decoders, in both dialects: whatever comes is a message or an error that says what to do, and never throws. */
import { decodeBackend, decodeFrontend, type Frame } from '../../main/wire/decode.ts';
import { encodeFrame, decodeHeader, HEADER_BYTES } from '../../main/wire/header.ts';
import type { Dialect } from '../../main/wire/dialect.ts';
import type { Negotiated } from '../../main/wire/negotiated.ts';
import { BACKEND } from '../../main/wire/table/backend.ts';
import { FRONTEND } from '../../main/wire/table/frontend.ts';
import { everything, nothing } from '../../main/wire/testing/frame.ts';
import { describeWireError, effectOf, type WireError } from '../../main/wire/wire-error.ts';
import { mutated } from './mutate.ts';
import type { Random } from './random.ts';
import type { Target } from './target.ts';

/** All gates open, all closed, or any bits. */
function negotiatedAs(random: Random, dialect: Dialect): Negotiated {
  if (!random.once(4)) return everything(dialect);
  if (random.once(2)) return nothing(dialect);
  const bits = (): bigint =>
    BigInt(random.below(0x1_0000_0000)) | (BigInt(random.below(0x1_0000_0000)) << 32n);
  return { dialect, virtioOffered: bits(), virtioAcked: bits(), protocolAcked: bits() };
}

type Row = (typeof FRONTEND)[keyof typeof FRONTEND] | (typeof BACKEND)[keyof typeof BACKEND];
const rowsOf = (channel: 'frontend' | 'backend'): readonly Row[] =>
  channel === 'frontend' ? Object.values<Row>(FRONTEND) : Object.values<Row>(BACKEND);

/** An error can always be told and names what it does. */
function mustBeSaid(error: WireError): void {
  const text = describeWireError(error);
  const effect = effectOf(error);
  if (text.length === 0 || !['nack', 'close', 'ignore'].includes(effect))
    throw new Error(`an error that says nothing: ${error.kind}`);
}

/** A message is the one whose number came. */
function mustBeTheOne(channel: 'frontend' | 'backend', frame: Frame, name: string): void {
  const row = rowsOf(channel).find((one) => one.name === name);
  if (row === undefined) throw new Error(`a message without a row: ${name}`);
  if (row.id !== frame.header.request)
    throw new Error(`${name} decoded from request ${frame.header.request}`);
}

export function decoderTarget(
  channel: 'frontend' | 'backend',
  dialect: Dialect,
  seeds: readonly Uint8Array[],
): Target {
  const decode = channel === 'frontend' ? decodeFrontend : decodeBackend;
  return {
    name: `${channel}-${dialect}`,
    run: (random) => {
      const { bytes, fdCount } = mutated(random, seeds);
      const header = decodeHeader(bytes.subarray(0, HEADER_BYTES));
      if (!header.ok) {
        mustBeSaid(header.error);
        return 'refused';
      }
      // As the channel does: the body has the size that the header says, or was never whole.
      const body = bytes.subarray(HEADER_BYTES, HEADER_BYTES + header.value.size);
      const frame = { header: header.value, body, fdCount };
      const negotiated = negotiatedAs(random, dialect);
      const decoded = decode(frame, negotiated);
      if (!decoded.ok) {
        mustBeSaid(decoded.error);
        return 'refused';
      }
      const { message } = decoded.value;
      mustBeTheOne(channel, frame, message.name);
      mustReadAgain(channel, negotiated, message.name, frame);
      return 'accepted';
    },
  };
}

/** A second decode of the same bytes says the same: nothing is kept and nothing is written into the body. */
function mustReadAgain(
  channel: 'frontend' | 'backend',
  negotiated: Negotiated,
  name: string,
  frame: Frame,
): void {
  const { request, needReply } = frame.header;
  const again = encodeFrame(request, needReply ? 'request-needing-reply' : 'request', frame.body);
  const header = decodeHeader(again.subarray(0, HEADER_BYTES));
  if (!header.ok) throw new Error(`${name}: its own frame is refused`);
  const decode = channel === 'frontend' ? decodeFrontend : decodeBackend;
  const second = decode(
    { header: header.value, body: again.subarray(HEADER_BYTES), fdCount: frame.fdCount },
    negotiated,
  );
  if (!second.ok || second.value.message.name !== name) throw new Error(`${name} decodes differently again`);
}
