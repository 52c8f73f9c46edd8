/**
 * Everything that can be wrong with a message, in the order in which it is looked for, and what each does
 * to the connection. Whoever gets one has closed, or must close, every fd that came with the message.
 */
import { assertNever } from '../base/assert-never.ts';

/**
 * How the sender of a request can be told no:
 * `value` a non-zero u64 (an acknowledgement, or an explicit reply that has an error value) ·
 * `empty` a reply without body · `silent` it does not wait for an answer ·
 * `impossible` it waits for a value that cannot say no.
 */
export type Refusal = 'value' | 'empty' | 'silent' | 'impossible';

/** The request an error is about; `name` as the table spells it. */
export interface RequestRef {
  readonly request: number;
  readonly name: string;
  readonly refusal: Refusal;
}

export type WireError =
  | { readonly kind: 'header'; readonly bytes: number }
  | { readonly kind: 'version'; readonly request: number; readonly version: number }
  | { readonly kind: 'flags'; readonly request: number; readonly flags: number }
  | { readonly kind: 'too-large'; readonly request: number; readonly size: number }
  | { readonly kind: 'body'; readonly request: number; readonly expected: number; readonly bytes: number }
  | { readonly kind: 'direction'; readonly request: number; readonly expected: 'request' | 'reply' }
  | { readonly kind: 'unknown-request'; readonly about: RequestRef }
  | { readonly kind: 'foreign-dialect'; readonly about: RequestRef }
  | { readonly kind: 'size'; readonly about: RequestRef; readonly size: number; readonly expected: string }
  | { readonly kind: 'fd-count'; readonly about: RequestRef; readonly fds: number; readonly expected: string }
  | { readonly kind: 'feature-gate'; readonly about: RequestRef; readonly missing: string }
  | { readonly kind: 'field'; readonly about: RequestRef; readonly field: string; readonly message: string }
  | { readonly kind: 'reply-mismatch'; readonly request: number; readonly message: string };

/**
 * `nack`: answer with `encodeRefusal` and go on · `close`: end the connection · `ignore`: note it and go on.
 */
export type WireEffect = 'nack' | 'close' | 'ignore';

/**
 * What an error does to its connection.
 *
 * | kind | effect | because |
 * |---|---|---|
 * | header, version, flags, too-large, body | close | where the next message begins is no longer known |
 * | direction, reply-mismatch | close | answers carry no id of their own: one out of place shifts all that follow |
 * | unknown-request | nack if it asked, else ignore | a newer peer may say what it likes; framing is intact |
 * | size, fd-count | nack if it can be told, else close | the peer disagrees with us about a layout |
 * | foreign-dialect, feature-gate, field | nack if it can be told; ignore if it does not wait; else close | a well-formed request that is not carried out |
 */
export function effectOf(error: WireError): WireEffect {
  switch (error.kind) {
    case 'header':
    case 'version':
    case 'flags':
    case 'too-large':
    case 'body':
    case 'direction':
    case 'reply-mismatch':
      return 'close';
    case 'size':
    case 'fd-count':
      return canBeTold(error.about.refusal) ? 'nack' : 'close';
    case 'unknown-request':
    case 'foreign-dialect':
    case 'feature-gate':
    case 'field':
      if (canBeTold(error.about.refusal)) return 'nack';
      return error.about.refusal === 'silent' ? 'ignore' : 'close';
    default:
      return assertNever(error);
  }
}

const canBeTold = (refusal: Refusal): boolean => refusal === 'value' || refusal === 'empty';

/** One line for the log: what was wrong with which message. */
export function describeWireError(error: WireError): string {
  switch (error.kind) {
    case 'header':
      return `Header of ${error.bytes} bytes, not 12`;
    case 'version':
      return `Request ${error.request} has protocol version ${error.version}, not 1`;
    case 'flags':
      return `Request ${error.request} has invalid flags 0x${(error.flags >>> 0).toString(16)}`;
    case 'too-large':
      return `Request ${error.request} announces a body of ${error.size} bytes`;
    case 'body':
      return `Request ${error.request} has a body of ${error.bytes} bytes where its header says ${error.expected}`;
    case 'direction':
      return `Message ${error.request} came where a ${error.expected} was expected`;
    case 'unknown-request':
      return `Unknown request ${error.about.request}`;
    case 'foreign-dialect':
      return `${error.about.name} belongs to another dialect than this connection speaks`;
    case 'size':
      return `${error.about.name} has a body of ${error.size} bytes, expected ${error.expected}`;
    case 'fd-count':
      return `${error.about.name} came with ${error.fds} fds, expected ${error.expected}`;
    case 'feature-gate':
      return `${error.about.name} needs ${error.missing}, which was not negotiated`;
    case 'field':
      return `${error.about.name}: ${error.message}`;
    case 'reply-mismatch':
      return `Reply ${error.request}: ${error.message}`;
    default:
      return assertNever(error);
  }
}
