/** The last column: what a queue is doing about what was asked, or why it is not so. Pure. */
import { stepWords } from '../../../app/contract/describe.ts';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { wrapWords } from '../../../app/contract/wrap-words.ts';
import { describeOnce } from '../../store/selectors.ts';
import type { Asked } from '../../store/state.ts';

export interface ReasonText {
  readonly text: string;
  /** The same in full, where the text had to be short. */
  readonly full: string;
  readonly tone: 'plain' | 'muted' | 'warn' | 'err';
  /** When what is awaited began: its elapsed time is shown after 300 ms. */
  readonly since: number | null;
  readonly clock: 'engine' | 'window';
}

const say = (text: string, tone: ReasonText['tone'] = 'plain', since: number | null = null): ReasonText => ({
  text,
  full: text,
  tone,
  since,
  clock: 'engine',
});

/** A message of this length fits into the column. */
const FITS = 28;

/** The engine's sentence where it is short; else its code, which is a word of the contract, and what was answered. */
function briefly({ reason, offer }: QueueSnapshot): string {
  if (reason === null) return '';
  if (reason.message.length <= FITS) return reason.message;
  const answer = reason.code === 'page-refused' ? offer?.answer : null;
  return `${reason.code.replaceAll('-', ' ')}${answer == null ? '' : `, answer ${Number(answer.code)}`}`;
}

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
  const because = (text: string, tone: ReasonText['tone']): ReasonText =>
    reason === null ? say(text, tone) : { ...say(briefly(queue), tone), full: reason.message };
  if (word === 'FELL BACK' && reason !== null)
    return { ...say(`${queue.phase} · ${briefly(queue)}`), full: reason.message };
  if (word === 'QUARANTINE') return because('the mapping is unknown', 'err');
  if (word === 'STALE') return because('the generation ended', 'muted');
  if (word === 'DOWN') return because(whoMustAct(queue), 'muted');
  if (queue.phase === 'mapped') return say(proven ? '' : 'acknowledged, not yet proven', 'muted');
  if (asDesired === true) return say('as asked', 'muted');
  return say(reason?.message ?? 'not yet as asked', 'muted');
}

function whoMustAct(queue: QueueSnapshot): string {
  if (!queue.started) return 'not started by the guest';
  return queue.enabled ? 'not served' : 'disabled by the front-end';
}
