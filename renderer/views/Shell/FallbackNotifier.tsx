/** Tells the desktop of queues that fell back while nobody could see the window. One message for all of a moment. */
import { useEffect } from 'react';
import { newFallbacks } from '../../store/fallbacks.ts';
import { shellWords } from '../../words/shell.ts';
import { refOf, type QueueKey } from '../../../app/contract/queue-key.ts';
import { notificationChoice } from '../notifications.ts';
import { usePanel } from '../panel-context.ts';
import { go } from '../route.ts';

const GATHER_MS = 500;

export function FallbackNotifier() {
  const panel = usePanel();
  useEffect(() => {
    let known = panel.store.getState().fallbacks;
    let waiting: readonly QueueKey[] = [];
    let timer: ReturnType<typeof setTimeout> | null = null;
    const tell = (): void => {
      timer = null;
      const keys = waiting.filter((key) => panel.store.getState().fallbacks.has(key));
      waiting = [];
      const [first] = keys;
      if (first !== undefined && document.hidden && notificationChoice() === 'on') notify(first, keys.length);
    };
    const stop = panel.store.subscribe((state) => {
      if (state.fallbacks === known) return;
      const added = newFallbacks(known, state.fallbacks);
      known = state.fallbacks;
      if (!document.hidden || added.length === 0) return;
      waiting = [...waiting, ...added];
      timer ??= setTimeout(tell, GATHER_MS);
    });
    const notify = (first: QueueKey, count: number): void => {
      const { session, index } = refOf(first);
      const message = panel.store.getState().fallbacks.get(first)?.message ?? '';
      const told = new Notification(shellWords.fellBack(`${session} q${index}`, count), {
        body: message,
        tag: 'doorbell-fallback',
      });
      told.onclick = () => {
        window.focus();
        go({ screen: 'queues', queue: first, tab: null });
      };
    };
    return () => {
      stop();
      if (timer !== null) clearTimeout(timer);
    };
  }, [panel]);
  return null;
}
