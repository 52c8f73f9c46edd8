/** Features of both kinds, the virtio status, and what else is asked once per device. */
import { encodeReply } from '../../wire/encode.ts';
import { formatHex } from '../../wire/feature-names.ts';
import { protocolFeatureNames } from '../../wire/protocol-features.ts';
import { hasVirtio, virtioFeatureNames, virtioMask } from '../../wire/virtio-features.ts';
import { haltRing, isRunning } from '../rings.ts';
import type { Turn } from '../turn.ts';
import { done, later, refused, reply, type Outcome } from './outcome.ts';

/** Also sent as a barrier by front-ends without REPLY_ACK, so it may come at any time. */
export const getFeatures = (turn: Turn): Outcome =>
  reply(encodeReply('GET_FEATURES', turn.state.config.offeredFeatures));

export const getProtocolFeatures = (turn: Turn): Outcome =>
  reply(encodeReply('GET_PROTOCOL_FEATURES', turn.state.config.offeredProtocol));

/**
 * Without bit 30 in SET_FEATURES every ring is enabled at once (spec, "Ring states"); with it they keep what
 * SET_VRING_ENABLE said, which QEMU sends even before this message.
 */
export function setFeatures(turn: Turn, features: bigint): Outcome {
  const { config, ackedFeatures, queues } = turn.state;
  const unoffered = features & ~config.offeredFeatures;
  if (unoffered !== 0n)
    return refused(
      'features',
      `${virtioFeatureNames(unoffered).join(', ')} (${formatHex(unoffered)}) was not offered`,
    );
  if (features === ackedFeatures) return done;
  // Logging begins and ends under rings that run.
  if (ackedFeatures !== null && (features ^ ackedFeatures) === virtioMask('VHOST_F_LOG_ALL')) {
    turn.patch({ ackedFeatures: features });
    return later(queues.map((queue) => queue.index));
  }
  const running = queues.filter(isRunning);
  const busy = running.find((queue) => queue.enabled);
  if (busy !== undefined) return refused('features', `Features cannot change while ring ${busy.index} runs`);
  for (const queue of running) haltRing(turn, queue.index, false);
  turn.patch({ ackedFeatures: features });
  if (!hasVirtio(features, 'VHOST_USER_F_PROTOCOL_FEATURES'))
    for (const { index } of queues) turn.patchQueue(index, { enabled: true });
  return later(running.map((queue) => queue.index));
}

export function setProtocolFeatures(turn: Turn, features: bigint): Outcome {
  const { config } = turn.state;
  const unoffered = features & ~config.offeredProtocol;
  if (unoffered !== 0n) {
    const names = protocolFeatureNames(unoffered, config.dialect).join(', ');
    return refused('features', `${names} (${formatHex(unoffered)}) was not offered`);
  }
  turn.patch({ ackedProtocol: features });
  return done;
}

/** Says that a session begins; real front-ends send it at various moments, and nothing depends on it. */
export const setOwner = (): Outcome => done;

/** Deprecated: "should be ignored, or may be used to disable all rings" (spec). Real front-ends do not send it. */
export const resetOwner = (): Outcome => done;

/** For virtio-net the number of queue pairs, not of rings. */
export const getQueueNum = (turn: Turn): Outcome =>
  reply(encodeReply('GET_QUEUE_NUM', BigInt(turn.state.config.queuePairs)));

export const getStatus = (turn: Turn): Outcome => reply(encodeReply('GET_STATUS', turn.state.status));

/** Status 0 is a device reset: no ring goes on. */
export function setStatus(turn: Turn, status: bigint): Outcome {
  if (status > 0xffn) return refused('status', `${formatHex(status)} is not a virtio device status`);
  turn.patch({ status });
  if (status !== 0n) return done;
  const running = turn.state.queues.filter(isRunning).map((queue) => queue.index);
  for (const index of running) haltRing(turn, index, false);
  return later(running);
}
