/** What an answer of the back-end changes. An answer that does not fit ends the connection. */
import { err, ok, type Result } from '../base/result.ts';
import type { Frame } from '../wire/decode.ts';
import { decodeAck, decodePlace, decodeReply, type Answer } from '../wire/decode-answer.ts';
import { decodeNetConfig, netConfigBytes } from '../wire/net-config.ts';
import type { Config } from '../wire/payload/config.ts';
import { protocolFeatureNames } from '../wire/protocol-features.ts';
import { FRONTEND } from '../wire/table/frontend.ts';
import { VIRTIO_BITS, hasVirtio, virtioMask } from '../wire/virtio-features.ts';
import { fitsBase } from '../wire/vring-base.ts';
import { describeWireError, type WireError } from '../wire/wire-error.ts';
import type { VmmFailure } from './effects.ts';
import type { Awaiting } from './state.ts';
import type { Turn } from './turn.ts';

type Asked = Exclude<Awaiting, { kind: 'guest' }>;

/** Applies the answer to `asked`. A failure with code `refused` leaves the connection usable. */
export function applyAnswer(turn: Turn, asked: Asked, frame: Frame): Result<void, VmmFailure> {
  if (asked.kind === 'ack') {
    const ack = decodeAck(FRONTEND[asked.name].id, frame);
    if (!ack.ok) return outOfPlace(ack.error);
    if (ack.value !== 0n)
      return err({
        code: 'refused',
        message: `The back-end refused ${asked.name} with ${ack.value.toString()}`,
      });
    return ok(undefined);
  }
  switch (asked.name) {
    case 'GET_FEATURES':
      return value(decodeReply('GET_FEATURES', frame), (offered) => applyFeatures(turn, offered));
    case 'GET_PROTOCOL_FEATURES':
      return value(decodeReply('GET_PROTOCOL_FEATURES', frame), (offered) => {
        const protocolAcked = offered & turn.config.protocolFeatures;
        turn.set({
          protocolOffered: offered,
          negotiated: { ...turn.state.negotiated, protocolAcked },
        });
        return ok(undefined);
      });
    case 'GET_QUEUE_NUM':
      return value(decodeReply('GET_QUEUE_NUM', frame), (pairs) => {
        turn.set({ backendPairs: Number(pairs) });
        return enoughQueues(turn);
      });
    case 'GET_MAX_MEM_SLOTS':
      return value(decodeReply('GET_MAX_MEM_SLOTS', frame), (slots) => {
        turn.set({ memorySlots: Number(slots) });
        return ok(undefined);
      });
    case 'IOTLB_MSG':
      return value(decodeReply('IOTLB_MSG', frame), (answer) =>
        answer === 0n
          ? ok(undefined)
          : err({ code: 'refused', message: `The back-end refused IOTLB_MSG with ${answer.toString()}` }),
      );
    case 'GET_CONFIG':
      return applyConfig(turn, decodeReply('GET_CONFIG', frame));
    case 'SET_LOG_BASE': {
      // Its payload is in no specification; QEMU looks at the number only.
      const place = decodePlace('SET_LOG_BASE', frame);
      return place.ok ? ok(undefined) : outOfPlace(place.error);
    }
    case 'GET_STATUS':
      return value(decodeReply('GET_STATUS', frame), () => ok(undefined));
    case 'GET_VRING_BASE':
      return value(decodeReply('GET_VRING_BASE', frame), (base) => {
        if (base.index !== asked.queue || !fitsBase(turn.state.negotiated.virtioAcked, base.num))
          return err({
            code: 'answer',
            message: `GET_VRING_BASE of queue ${asked.queue ?? '?'} was answered with index ${base.index}, num ${base.num}`,
          });
        turn.setQueue(base.index, { base: base.num });
        return ok(undefined);
      });
    default:
      return err({ code: 'answer', message: `${asked.name} is never asked here` });
  }
}

/** Whether the back-end has the queues that the driver is set up for; one pair needs no MQ. */
export function enoughQueues(turn: Turn): Result<void, VmmFailure> {
  const { queuePairs, dialect } = turn.config;
  const { backendPairs, negotiated } = turn.state;
  if (queuePairs === 1 || (backendPairs !== null && backendPairs >= queuePairs)) return ok(undefined);
  const has = backendPairs === null ? 'no multiqueue' : `${backendPairs} queue pairs`;
  const features = protocolFeatureNames(negotiated.protocolAcked, dialect).join(', ');
  return err({
    code: 'features',
    message: `The back-end has ${has}, ${queuePairs} pairs are needed (negotiated: ${features})`,
  });
}

function applyFeatures(turn: Turn, virtioOffered: bigint): Result<void, VmmFailure> {
  if (!hasVirtio(virtioOffered, 'F_VERSION_1'))
    return err({
      code: 'features',
      message: `The back-end does not offer VERSION_1 (bit ${VIRTIO_BITS.F_VERSION_1})`,
    });
  if (
    hasVirtio(turn.config.virtioFeatures, 'F_ACCESS_PLATFORM') &&
    !hasVirtio(virtioOffered, 'F_ACCESS_PLATFORM')
  )
    return err({
      code: 'features',
      message: `The back-end does not offer ACCESS_PLATFORM (bit ${VIRTIO_BITS.F_ACCESS_PLATFORM}): its guest cannot be behind an IOMMU`,
    });
  // Bit 30 is acknowledged with the driver's features, as QEMU does: else every ring is enabled at once.
  const wanted = turn.config.virtioFeatures | virtioMask('VHOST_USER_F_PROTOCOL_FEATURES');
  const virtioAcked = virtioOffered & wanted;
  turn.set({ negotiated: { ...turn.state.negotiated, virtioOffered, virtioAcked } });
  return ok(undefined);
}

/** A back-end that refuses is one whose device tells nothing: the guest does without. */
function applyConfig(turn: Turn, answer: Result<Answer<Config>, WireError>): Result<void, VmmFailure> {
  if (!answer.ok) return outOfPlace(answer.error);
  if (answer.value.kind === 'refused') {
    turn.note('The back-end refused to tell the configuration');
    return ok(undefined);
  }
  const { offset, data } = answer.value.payload;
  const { virtioOffered } = turn.state.negotiated;
  if (offset !== 0 || data.byteLength !== netConfigBytes(virtioOffered))
    return err({
      code: 'answer',
      message: `GET_CONFIG was answered with ${data.byteLength} bytes from ${offset} on`,
    });
  const netConfig = decodeNetConfig(data, virtioOffered);
  turn.set({ netConfig });
  turn.announce({ kind: 'config', ...netConfig });
  return ok(undefined);
}

function value<T>(
  answer: Result<Answer<T>, WireError>,
  apply: (payload: T) => Result<void, VmmFailure>,
): Result<void, VmmFailure> {
  if (!answer.ok) return outOfPlace(answer.error);
  if (answer.value.kind === 'refused') return err({ code: 'refused', message: 'The back-end refused' });
  return apply(answer.value.payload);
}

function outOfPlace(error: WireError): Result<never, VmmFailure> {
  return err({ code: 'answer', message: describeWireError(error) });
}
