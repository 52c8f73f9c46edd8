/** The last column: what a queue is doing about what was asked, or why it is not so. Pure. */
import { stepWords } from '../../../app/contract/describe.ts';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { wrapWords } from '../../../app/contract/wrap-words.ts';
import { describeOnce } from '../../store/selectors.ts';
import type { Asked } from '../../store/state.ts';

export interface ReasonText {
  readonly text: string;
  readonly tone: 'plain' | 'muted' | 'warn' | 'err';
  /** When what is awaited began: its elapsed time is shown after 300 ms. */
  readonly since: number | null;
  readonly clock: 'engine' | 'window';
}

const say = (text: string, tone: ReasonText['tone'] = 'plain', since: number | null = null): ReasonText => ({
  text,
  tone,
  since,
  clock: 'engine',
});

export function reasonOf(queue: QueueSnapshot, asked: Asked | undefined): ReasonText {
  if (asked?.error) return say(`not done: ${asked.error.message}`, 'warn');
  if (asked !== undefined) return { ...say('asking the engine', 'plain', asked.at), clock: 'window' };
  const { step, reason, contradiction } = queue;
  if (step !== null) {
    const left = step.name === 'wrap' ? `: ${wrapWords(step)}` : '';
    return say(`${stepWords(step.name)}${left}`, 'plain', step.since);
  }
  if (contradiction !== null) return say(contradiction.message, 'warn');
  const { word, asDesired, proven } = describeOnce(queue);
  if (word === 'FELL BACK' && reason !== null) return say(`${queue.phase} · ${reason.message}`);
  if (word === 'QUARANTINE') return say(reason?.message ?? 'the mapping is unknown', 'err');
  if (word === 'STALE') return say(reason?.message ?? 'the generation ended', 'muted');
  if (word === 'DOWN') return say(reason?.message ?? whoMustAct(queue), 'muted');
  if (queue.phase === 'mapped') return say(proven ? '' : 'acknowledged, not yet proven', 'muted');
  if (asDesired === true) return say('as asked', 'muted');
  return say(reason?.message ?? 'not yet as asked', 'muted');
}

function whoMustAct(queue: QueueSnapshot): string {
  if (!queue.started) return 'not started by the guest';
  return queue.enabled ? 'not served' : 'disabled by the front-end';
}
