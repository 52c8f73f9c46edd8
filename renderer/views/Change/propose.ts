/**
 * How a view asks for a change: at once where nothing else happens by it, else after the operator has seen what
 * does. Shared by the grid, the drawer, the map and the bar of selected queues.
 */
import { createContext, useContext } from 'react';
import type { Wish } from '../../store/consequences.ts';

export interface Proposals {
  /** Sends it, or shows it first where it has consequences. */
  readonly propose: (wish: Wish) => void;
  /** Shows it first in any case. */
  readonly preview: (wish: Wish) => void;
  /** What became of the last change, queue by queue. */
  readonly results: () => void;
}

export const ProposalContext = createContext<Proposals | null>(null);

export function useProposals(): Proposals {
  const proposals = useContext(ProposalContext);
  if (proposals === null) throw new Error('A view was rendered outside of its window.');
  return proposals;
}
