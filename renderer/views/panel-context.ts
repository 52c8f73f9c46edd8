/** How views reach the store: by narrow selectors, so that a view renders only when what it shows changed. */
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { Panel } from '../store/panel.ts';
import type { PanelState } from '../store/state.ts';

export const PanelContext = createContext<Panel | null>(null);

export function usePanel(): Panel {
  const panel = useContext(PanelContext);
  if (panel === null) throw new Error('A view was rendered outside of its panel.');
  return panel;
}

/** `select` must give the same reference as long as nothing it reads has changed. */
export function usePanelState<T>(select: (state: PanelState) => T): T {
  return useStore(usePanel().store, select);
}
