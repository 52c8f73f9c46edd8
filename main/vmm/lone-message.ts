/** Messages of a front-end that stand alone: QEMU sends them around a migration or before a start, or old VMMs did. */
import type { Negotiated } from '../wire/negotiated.ts';
import { hasProtocol, type ProtocolFeature } from '../wire/protocol-features.ts';
import { hasVirtio } from '../wire/virtio-features.ts';
import type { VmmFailure } from './effects.ts';
import { request, type PlannedRequest } from './request.ts';

export type LoneMessage =
  /** After a migration, for a guest that cannot announce itself; the address' first byte lowest. */
  | { readonly name: 'SEND_RARP'; readonly mac: bigint }
  /** The largest packet that the guest is told of, bytes. */
  | { readonly name: 'NET_SET_MTU'; readonly mtu: bigint }
  /** An eventfd for the log of dirty pages; QEMU sends none, it reads the bitmap when it suits. */
  | { readonly name: 'SET_LOG_FD' }
  /** Deprecated, and to be ignored or to disable every ring. */
  | { readonly name: 'RESET_OWNER' };

export function loneRequest(message: LoneMessage): PlannedRequest {
  switch (message.name) {
    case 'SEND_RARP':
      return request('SEND_RARP', message.mac);
    case 'NET_SET_MTU':
      return request('NET_SET_MTU', message.mtu);
    case 'SET_LOG_FD':
      return request('SET_LOG_FD', null, { fds: [{ kind: 'log-eventfd' }] });
    case 'RESET_OWNER':
      return request('RESET_OWNER', null);
  }
}

/** Why this message must not be sent on this connection; null where it may. */
export function unfitToSay({ name }: LoneMessage, negotiated: Negotiated): VmmFailure | null {
  const lacks = (what: string): VmmFailure => ({
    code: 'features',
    message: `${name} needs ${what}, which the back-end does not offer`,
  });
  const needs = (feature: ProtocolFeature): VmmFailure | null =>
    hasProtocol(negotiated.protocolAcked, feature) ? null : lacks(feature);
  switch (name) {
    case 'SEND_RARP':
      return needs('RARP');
    case 'NET_SET_MTU':
      return needs('MTU') ?? (hasVirtio(negotiated.virtioOffered, 'NET_F_MTU') ? null : lacks('NET_F_MTU'));
    case 'SET_LOG_FD':
    case 'RESET_OWNER':
      return null;
  }
}
