/**
 * One page in the hands of two queues: a store to it rings one queue of the device, whoever made it. What was
 * sent tells so at once, long before traffic would.
 */
import { contradict } from './contradiction.ts';
import type { QueueState } from './state.ts';
import type { Turn } from './turn.ts';

/** What tells a page from any other; null where the kernel does not name its file, or none is in use. */
function pageKey({ page }: QueueState): string | null {
  if (page.kind !== 'offered' && page.kind !== 'mapped') return null;
  const { file, offset } = page.area;
  return file.key === null ? null : `${file.kind} ${file.key} at 0x${offset.toString(16)}`;
}

/** Contradicts every mapped queue whose page another queue of the session was sent as well. */
export function compareMappedPages(turn: Turn): void {
  if (turn.affected().every((index) => pageKey(turn.queue(index)) === null)) return;
  const users = new Map<string, QueueState[]>();
  for (const queue of turn.state.queues) {
    const key = pageKey(queue);
    if (key !== null) users.set(key, [...(users.get(key) ?? []), queue]);
  }
  for (const [key, sharers] of users) {
    if (sharers.length < 2) continue;
    const names = sharers.map(({ index }) => `q${index}`).join(', ');
    for (const { index, page } of sharers)
      if (page.kind === 'mapped')
        contradict(turn, index, 'page-rung-by-other', `${names} were sent the same page: ${key}`);
  }
}
