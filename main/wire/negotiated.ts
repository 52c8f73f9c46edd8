import type { Dialect } from './dialect.ts';
import { hasProtocol } from './protocol-features.ts';

/** What both sides know of each other's features: all the state that decoding looks at. */
export interface Negotiated {
  readonly dialect: Dialect;
  /** What the back-end offers in GET_FEATURES. */
  readonly virtioOffered: bigint;
  /** SET_FEATURES; 0 before it. */
  readonly virtioAcked: bigint;
  /** SET_PROTOCOL_FEATURES; 0 before it. */
  readonly protocolAcked: bigint;
}

/** Whether a message with NEED_REPLY and no explicit reply is acknowledged (protocol feature REPLY_ACK). */
export const acknowledges = (negotiated: Negotiated): boolean =>
  hasProtocol(negotiated.protocolAcked, 'REPLY_ACK');
