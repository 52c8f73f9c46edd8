/**
 * The columns of THE TABLE. A row says all that can be checked about a message without knowing any state
 * but the negotiated features.
 */
import { ok, type Result } from '../../base/result.ts';
import type { Dialect } from '../dialect.ts';
import type { FieldError, PayloadCodec } from '../payload/codec.ts';
import type { ProtocolFeature } from '../protocol-features.ts';
import type { VirtioFeature } from '../virtio-features.ts';

/**
 * `no-fd-bit`: one, or none where bit 8 of the index word says so · `per-region`: as many as the memory
 * table counts regions.
 */
export type FdRule =
  | { readonly kind: 'exact'; readonly count: number }
  | { readonly kind: 'range'; readonly min: number; readonly max: number }
  | { readonly kind: 'no-fd-bit' }
  | { readonly kind: 'per-region' };

/**
 * A feature that a message needs. `offered`: our offer is enough, the peer may use it before it acknowledges.
 * Breaking it is refused, or accepted and noted where real peers do it and nothing depends on it.
 */
export type Gate = {
  readonly breach: 'refuse' | 'note';
} & (
  | { readonly side: 'virtio'; readonly name: VirtioFeature; readonly when: 'offered' | 'acked' }
  | { readonly side: 'protocol'; readonly name: ProtocolFeature }
);

/**
 * `ack`: a u64 only where REPLY_ACK is negotiated and the message asks for it ·
 * `explicit`: always answered; `refusal` is how such an answer says no ·
 * `explicit-if`: explicit where the protocol feature is negotiated, else like `ack`.
 */
export type ReplyRule =
  | { readonly kind: 'ack' }
  | { readonly kind: 'explicit'; readonly refusal: 'value' | 'empty' | 'impossible' }
  | {
      readonly kind: 'explicit-if';
      readonly feature: ProtocolFeature;
      readonly refusal: 'value' | 'empty' | 'impossible';
    };

export interface Row<Name extends string, Payload> {
  readonly id: number;
  /** As the specification spells it. */
  readonly name: Name;
  readonly dialects: readonly Dialect[];
  readonly payload: PayloadCodec<Payload>;
  readonly fds: FdRule;
  readonly gates: readonly Gate[];
  readonly reply: ReplyRule;
  /** False for messages of other devices or of no use to a network card: they have a row so that they can be refused by name. */
  readonly served: boolean;
  /** Decodes a body whose size was checked. */
  read(body: Uint8Array, needReply: boolean): Result<Request<Name, Payload>, FieldError>;
}

/** One request as decoded; its fds travel beside it. */
export interface Request<Name extends string, Payload> {
  readonly name: Name;
  readonly payload: Payload;
  /** As the header said; whether an answer is owed: `owedReply`. */
  readonly needReply: boolean;
}

/** A row with what most rows have: both dialects, no fds, no gate, acknowledged on request, served. */
export function row<Name extends string, Payload>(
  id: number,
  name: Name,
  payload: PayloadCodec<Payload>,
  columns: Partial<Omit<Row<Name, Payload>, 'id' | 'name' | 'payload' | 'read'>> = {},
): Row<Name, Payload> {
  return {
    id,
    name,
    payload,
    dialects: ['upstream', 'rfc2018'],
    fds: noFds,
    gates: [],
    reply: { kind: 'ack' },
    served: true,
    ...columns,
    read: (body, needReply) => {
      const value = payload.decode(body);
      return value.ok ? ok({ name, payload: value.value, needReply }) : value;
    },
  };
}

export const noFds: FdRule = { kind: 'exact', count: 0 };
export const oneFd: FdRule = { kind: 'exact', count: 1 };
export const byNoFdBit: FdRule = { kind: 'no-fd-bit' };

type VirtioGate = Extract<Gate, { side: 'virtio' }>;

/** Refused without this protocol feature. */
export const needs = (name: ProtocolFeature): Gate => ({ side: 'protocol', name, breach: 'refuse' });
/** Accepted without this protocol feature, and noted. */
export const expects = (name: ProtocolFeature): Gate => ({ side: 'protocol', name, breach: 'note' });

/** Refused without this virtio feature. */
export const needsVirtio = (name: VirtioFeature, when: VirtioGate['when'] = 'acked'): Gate => ({
  side: 'virtio',
  name,
  when,
  breach: 'refuse',
});
/** Accepted without this virtio feature, and noted. */
export const expectsVirtio = (name: VirtioFeature, when: VirtioGate['when'] = 'acked'): Gate => ({
  side: 'virtio',
  name,
  when,
  breach: 'note',
});

/** Always answered, by a u64 or status whose non-zero value is an error. */
export const answersStatus: ReplyRule = { kind: 'explicit', refusal: 'value' };
/** Always answered, by a value that has no error form. */
export const answersValue: ReplyRule = { kind: 'explicit', refusal: 'impossible' };
/** Always answered; a reply without body is the error. */
export const answersOrEmpty: ReplyRule = { kind: 'explicit', refusal: 'empty' };

export const upstreamOnly: readonly Dialect[] = ['upstream'];
export const rfc2018Only: readonly Dialect[] = ['rfc2018'];
