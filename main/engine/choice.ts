/** Which accelerator a queue is meant to go to, and what speaks against it before anything is asked of it. */
import type { ReasonCode } from '../../app/contract/words.ts';
import { VHOST_ONLY_BITS, virtioFeatureNames, virtioMask } from '../wire/virtio-features.ts';
import { isBehindIommu } from './iommu.ts';
import type { QueueState, SessionState } from './state.ts';
import type { AcceleratorInfo, Turn } from './turn.ts';

export type Choice =
  | { readonly kind: 'fits'; readonly accelerator: AcceleratorInfo }
  /** For now: what speaks against it is no matter of this queue. */
  | { readonly kind: 'unusable'; readonly message: string }
  | { readonly kind: 'unfit'; readonly code: ReasonCode; readonly message: string };

/** What the guest is told of its device is no matter of its rings: each is served alike. */
const NOT_OF_RINGS = VHOST_ONLY_BITS | virtioMask('NET_F_MQ', 'NET_F_MTU', 'NET_F_MAC', 'NET_F_STATUS');

const unfit = (code: ReasonCode, message: string): Choice => ({ kind: 'unfit', code, message });

/** The one whose page is mapped already, the one that the queue names, else the first usable one. */
export function chooseAccelerator(turn: Turn, queue: QueueState): Choice {
  const { accelerators } = turn.context;
  // The page that the front-end maps belongs to one accelerator: no other may have the ring under it.
  const wanted = queue.page.kind === 'restored' ? queue.page.area.accelerator : queue.desiredAccelerator;
  const chosen =
    wanted === null
      ? (accelerators.find((one) => one.usable) ?? accelerators[0])
      : accelerators.find((one) => one.id === wanted);
  if (chosen !== undefined) return judge(turn.state, chosen);
  return wanted === null
    ? unfit('no-accelerator', 'No accelerator is configured for this endpoint')
    : unfit('accelerator-unknown', `No accelerator has the id ${wanted}`);
}

function judge(state: SessionState, accelerator: AcceleratorInfo): Choice {
  if (isBehindIommu(state))
    return unfit(
      'iommu-active',
      `A vIOMMU translates this VM's addresses; the mappings of ${accelerator.id} would not follow it`,
    );
  if (!accelerator.usable)
    return {
      kind: 'unusable',
      message: `Accelerator ${accelerator.id} is not usable: ${accelerator.problem ?? 'no reason given'}`,
    };
  const lacking = (state.ackedFeatures ?? 0n) & ~NOT_OF_RINGS & ~accelerator.features;
  if (lacking === 0n) return { kind: 'fits', accelerator };
  return unfit(
    'accelerator-lacks-feature',
    `Accelerator ${accelerator.id} lacks ${virtioFeatureNames(lacking).join(', ')}`,
  );
}
