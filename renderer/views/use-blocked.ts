/** Why controls cannot be used right now, or null; re-examined each second, since silence has no event. */
import { blockedBecause, livenessOf, type Liveness } from '../store/selectors.ts';
import { usePanelState } from './panel-context.ts';
import { useNow } from './use-now.ts';

export function useBlocked(): string | null {
  const now = useNow(1_000);
  return usePanelState((state) => blockedBecause(state, now));
}

export function useLiveness(): Liveness {
  const now = useNow(1_000);
  return usePanelState((state) => livenessOf(state, now));
}
