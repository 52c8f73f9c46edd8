/**
 * The two ways a notification can take, as boxes and links. Only what is known to be in use is drawn as such:
 * a double line of its own colour means proven, a single one acknowledged, a dashed one not in use. Pure.
 */
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { describeOnce } from '../../store/selectors.ts';

export type LinkLook = 'unused' | 'asked' | 'single' | 'double';

export interface Path {
  /** guest to doorbell page to accelerator. */
  readonly direct: LinkLook;
  /** guest to kick eventfd to engine. */
  readonly viaEngine: LinkLook;
  /** engine to doorbell page: one host store per kick. */
  readonly relay: LinkLook;
  /** accelerator to call eventfd. */
  readonly deviceCall: LinkLook;
  /** engine to call eventfd. */
  readonly engineCall: LinkLook;
  readonly tone: 'acc' | 'sw' | 'warn' | 'ink' | 'mut';
}

const NOTHING: Path = {
  direct: 'unused',
  viaEngine: 'unused',
  relay: 'unused',
  deviceCall: 'unused',
  engineCall: 'unused',
  tone: 'mut',
};

export function pathOf(queue: QueueSnapshot): Path {
  const { notify, servedBy, word, proven } = describeOnce(queue);
  if (servedBy === 'nobody') return NOTHING;
  const interrupt: LinkLook = queue.interruptEvidence >= 3 ? 'double' : 'single';
  if (servedBy === 'engine') {
    const look: LinkLook = queue.evidence >= 3 ? 'double' : 'single';
    const tone = word === 'FELL BACK' ? 'warn' : word === 'STEP' ? 'ink' : 'sw';
    return { ...NOTHING, viaEngine: look, engineCall: interrupt, tone };
  }
  if (notify === 'mapped') {
    const look: LinkLook = proven ? 'double' : 'single';
    return { ...NOTHING, direct: look, deviceCall: interrupt, tone: word === 'SUSPECT' ? 'warn' : 'acc' };
  }
  const offered: LinkLook = queue.phase === 'arming' && queue.step?.name === 'offer' ? 'asked' : 'unused';
  const tone = word === 'FELL BACK' || word === 'QUARANTINE' ? 'warn' : 'ink';
  return { ...NOTHING, direct: offered, viaEngine: 'single', relay: 'single', deviceCall: interrupt, tone };
}
