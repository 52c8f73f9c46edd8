/**
 * A framed request becomes a message, or an error that says what to do. The checks run in one order for every
 * message: header, version, flags and size cap (`decodeHeader`, before the body is even read), then here:
 * direction, row exists, exact size, fd count, feature gate, fields. State comes after, and is not this
 * folder's business.
 *
 * Nothing here throws, whatever the peer sent. Fds are only counted: whoever holds them closes them on error.
 */
import { err, ok, type Result } from '../base/result.ts';
import { describeFdCount, expectedFds } from './fd-rule.ts';
import { breachedGates, describeGate } from './gate.ts';
import type { Header } from './header.ts';
import type { Negotiated } from './negotiated.ts';
import { describeSize, sizeAllows, type FieldError } from './payload/codec.ts';
import { refusalOf } from './reply-rule.ts';
import { BACKEND, type BackendMessage, type BackendRow } from './table/backend.ts';
import { FRONTEND, type FrontendMessage, type FrontendRow } from './table/frontend.ts';
import type { Row } from './table/row.ts';
import type { Refusal, RequestRef, WireError } from './wire-error.ts';

/** One message as it came off a socket. */
export interface Frame {
  readonly header: Header;
  readonly body: Uint8Array;
  readonly fdCount: number;
}

/** `notes`: what was out of order but accepted, for the log. */
export interface Decoded<Message> {
  readonly message: Message;
  readonly notes: readonly string[];
}

/** Any row of a table whose rows decode to `Message`. */
interface RowOf<Message> extends Omit<Row<string, unknown>, 'read'> {
  read(body: Uint8Array, needReply: boolean): Result<Message, FieldError>;
}

/** Rows by number: one number may mean one thing in each dialect. */
type Rows<Message> = ReadonlyMap<number, readonly RowOf<Message>[]>;

function byNumber<Message>(table: readonly RowOf<Message>[]): Rows<Message> {
  const rows = new Map<number, readonly RowOf<Message>[]>();
  for (const row of table) rows.set(row.id, [...(rows.get(row.id) ?? []), row]);
  return rows;
}

const frontendRows = byNumber<FrontendMessage>(Object.values<FrontendRow>(FRONTEND));
const backendRows = byNumber<BackendMessage>(Object.values<BackendRow>(BACKEND));

/** A request of a front-end, as a back-end decodes it. */
export function decodeFrontend(
  frame: Frame,
  negotiated: Negotiated,
): Result<Decoded<FrontendMessage>, WireError> {
  return decodeRequest(frame, frontendRows, negotiated);
}

/** A request of a back-end, as a front-end decodes it. */
export function decodeBackend(
  frame: Frame,
  negotiated: Negotiated,
): Result<Decoded<BackendMessage>, WireError> {
  return decodeRequest(frame, backendRows, negotiated);
}

function decodeRequest<Message>(
  frame: Frame,
  rows: Rows<Message>,
  negotiated: Negotiated,
): Result<Decoded<Message>, WireError> {
  const { header } = frame;
  if (header.isReply) return err({ kind: 'direction', request: header.request, expected: 'request' });

  const found = findRow(header, rows, negotiated);
  if (!found.ok) return found;
  const row = found.value;
  const about: RequestRef = {
    request: row.id,
    name: row.name,
    refusal: refusalOf(row.reply, header.needReply, negotiated),
  };

  const layout = checkSize(frame, row, about) ?? checkFds(frame, row, about);
  if (layout !== null) return err(layout);

  const breached = breachedGates(row.gates, negotiated);
  const refused = breached.find((gate) => gate.breach === 'refuse');
  if (refused !== undefined) return err({ kind: 'feature-gate', about, missing: describeGate(refused) });

  const message = row.read(frame.body, header.needReply);
  if (!message.ok) return err({ kind: 'field', about, ...message.error });
  const notes = breached.map((gate) => `${row.name} without ${describeGate(gate)}`);
  return ok({ message: message.value, notes });
}

function findRow<Message>(
  header: Header,
  rows: Rows<Message>,
  negotiated: Negotiated,
): Result<RowOf<Message>, WireError> {
  const candidates = rows.get(header.request) ?? [];
  const row = candidates.find((candidate) => candidate.dialects.includes(negotiated.dialect));
  if (row !== undefined) return ok(row);
  const foreign = candidates[0];
  const refusal = refusalOf(foreign?.reply ?? { kind: 'ack' }, header.needReply, negotiated);
  if (foreign === undefined) return err({ kind: 'unknown-request', about: unnamedRequest(header, refusal) });
  return err({ kind: 'foreign-dialect', about: { request: foreign.id, name: foreign.name, refusal } });
}

function checkSize(frame: Frame, row: RowOf<unknown>, about: RequestRef): WireError | null {
  const size = frame.body.byteLength;
  if (size !== frame.header.size)
    return { kind: 'body', request: row.id, expected: frame.header.size, bytes: size };
  if (sizeAllows(row.payload.size, frame.body)) return null;
  return { kind: 'size', about, size, expected: describeSize(row.payload.size) };
}

function checkFds(frame: Frame, row: RowOf<unknown>, about: RequestRef): WireError | null {
  const expected = expectedFds(row.fds, frame.body);
  if (frame.fdCount >= expected.min && frame.fdCount <= expected.max) return null;
  return { kind: 'fd-count', about, fds: frame.fdCount, expected: describeFdCount(expected) };
}

/** The header's own request as an error may refer to it when no row names it. */
function unnamedRequest(header: Header, refusal: Refusal): RequestRef {
  return { request: header.request, name: `request ${header.request}`, refusal };
}
