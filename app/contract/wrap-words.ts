/** How far a queue is from the index where its accelerator can start, as a person would say it. Pure. */

const SECONDS_PER_MINUTE = 60;
const MINUTES_PER_HOUR = 60;

function span(seconds: number): string {
  if (seconds < 1) return 'less than 1 s';
  if (seconds < SECONDS_PER_MINUTE) return `about ${Math.round(seconds)} s`;
  const minutes = seconds / SECONDS_PER_MINUTE;
  if (minutes < MINUTES_PER_HOUR) return `about ${Math.round(minutes)} min`;
  return `about ${Math.round(minutes / MINUTES_PER_HOUR)} h`;
}

/** `remaining` and `perSecond` of the step `wrap`; both null where unknown. */
export function wrapWords(step: {
  readonly remaining: number | null;
  readonly perSecond: number | null;
}): string {
  const { remaining, perSecond } = step;
  if (remaining === null) return 'descriptors to go: unknown';
  const left = `${remaining} ${remaining === 1 ? 'descriptor' : 'descriptors'} to go`;
  if (perSecond === null) return left;
  if (perSecond === 0) return `${left}, none lately: an idle queue may never get there`;
  return `${left}, ${span(remaining / perSecond)} at the present rate`;
}
