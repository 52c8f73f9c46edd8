/** What a back-end says of itself, asked once before the checks. */
import { ok } from '../base/result.ts';
import { hasProtocol, type UpstreamFeature } from '../wire/protocol-features.ts';
import { hasVirtio, type VirtioFeature } from '../wire/virtio-features.ts';
import type { Talk } from './talk.ts';
import type { Step } from './verdict.ts';

export interface Facts {
  readonly virtioOffered: bigint;
  /** 0 where bit 30 is not offered. */
  readonly protocolOffered: bigint;
  /** Answer to GET_QUEUE_NUM; null where MQ is not offered. */
  readonly queueNum: bigint | null;
}

export async function learn(talk: Talk): Promise<Step<Facts>> {
  const features = await talk.ask('GET_FEATURES', null);
  if (!features.ok) return features;
  const virtioOffered = features.value.value;
  if (!hasVirtio(virtioOffered, 'VHOST_USER_F_PROTOCOL_FEATURES'))
    return ok({ virtioOffered, protocolOffered: 0n, queueNum: null });
  const protocol = await talk.ask('GET_PROTOCOL_FEATURES', null);
  if (!protocol.ok) return protocol;
  const protocolOffered = protocol.value.value;
  if (!hasProtocol(protocolOffered, 'MQ')) return ok({ virtioOffered, protocolOffered, queueNum: null });
  talk.send('SET_PROTOCOL_FEATURES', protocolOffered);
  const queues = await talk.ask('GET_QUEUE_NUM', null);
  return queues.ok ? ok({ virtioOffered, protocolOffered, queueNum: queues.value.value }) : queues;
}

export const offers = (facts: Facts, feature: UpstreamFeature): boolean =>
  hasProtocol(facts.protocolOffered, feature);
export const offersVirtio = (facts: Facts, feature: VirtioFeature): boolean =>
  hasVirtio(facts.virtioOffered, feature);
