/** IOTLB_MSG: what the front-end's IOMMU translates, and what it does not any more. Always answered with a u64. */
import { frontendAddr } from '../../wire/address.ts';
import type { Iotlb } from '../../wire/payload/iotlb.ts';
import { translationCame } from '../iommu.ts';
import type { Turn } from '../turn.ts';
import { later, refused, type Outcome } from './outcome.ts';

export function iotlbMessage(turn: Turn, message: Iotlb): Outcome {
  const { iova, size, readable, writable } = message;
  const id = turn.newEffect();
  switch (message.type) {
    case 'update': {
      const userAddress = frontendAddr(message.userAddress);
      translationCame(turn, message);
      turn.do({ kind: 'translate', id, translation: { iova, size, userAddress, readable, writable } });
      return later([], [id]);
    }
    case 'invalidate':
      // Whoever serves a ring lets go of it before this is answered (design rule 16).
      turn.do({ kind: 'forget-translations', id, iova, size });
      return later([], [id]);
    case 'miss':
    case 'access-fail':
      return refused('type', `${message.type} is for the back-end to send`);
  }
}
