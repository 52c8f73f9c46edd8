/** `61 of 64 as desired · 3 not done`: counts of what became of each, with no word for the whole. */
import type { Tally } from '../../store/change-course.ts';
import { changeWords } from '../../words/change.ts';

export function tallyText(tally: Tally): string {
  const { asDesired, otherwise, refused, unsent, running, waiting } = tally;
  const total = asDesired + otherwise + refused + unsent + running + waiting;
  return changeWords.tally({ asDesired, otherwise, refused, unsent, toGo: running + waiting, total });
}
