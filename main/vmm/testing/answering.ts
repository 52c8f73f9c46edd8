/** Answers that a well-behaved back-end would give to what the front-end waits for. */
import type { Frame } from '../../wire/decode.ts';
import { encodeAck, encodeReply } from '../../wire/encode.ts';
import { netConfigBytes } from '../../wire/net-config.ts';
import { protocolBitsOf } from '../../wire/protocol-features.ts';
import { FRONTEND } from '../../wire/table/frontend.ts';
import { frameOf } from '../../wire/testing/frame.ts';
import type { VmmState } from '../state.ts';

/** Every feature is offered. Null while nothing is waited for. */
export function goodAnswer(state: VmmState): Frame | null {
  const awaiting = state.operation?.awaiting ?? null;
  if (awaiting === null || awaiting.kind === 'guest') return null;
  if (awaiting.kind === 'ack') return frameOf(encodeAck(FRONTEND[awaiting.name].id, 0n));
  switch (awaiting.name) {
    case 'GET_FEATURES':
      return frameOf(encodeReply('GET_FEATURES', (1n << 64n) - 1n));
    case 'GET_PROTOCOL_FEATURES':
      return frameOf(encodeReply('GET_PROTOCOL_FEATURES', protocolBitsOf(state.negotiated.dialect)));
    case 'GET_QUEUE_NUM':
      return frameOf(encodeReply('GET_QUEUE_NUM', 16n));
    case 'GET_MAX_MEM_SLOTS':
      return frameOf(encodeReply('GET_MAX_MEM_SLOTS', 8n));
    case 'GET_CONFIG': {
      const data = new Uint8Array(netConfigBytes(state.negotiated.virtioOffered));
      return frameOf(encodeReply('GET_CONFIG', { offset: 0, flags: 0, data }));
    }
    case 'SET_LOG_BASE':
      return frameOf(encodeReply('SET_LOG_BASE', null));
    case 'GET_STATUS':
      return frameOf(encodeReply('GET_STATUS', 0n));
    case 'IOTLB_MSG':
      return frameOf(encodeReply('IOTLB_MSG', 0n));
    case 'GET_VRING_BASE':
      return frameOf(encodeReply('GET_VRING_BASE', { index: awaiting.queue ?? 0, num: 7 }));
    default:
      throw new Error(`the front-end waits for ${awaiting.name}`);
  }
}
