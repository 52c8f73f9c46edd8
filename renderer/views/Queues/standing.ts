/** How the queues of one VM stand, as its row shows it. Pure. */
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { count, describeOnce } from '../../store/selectors.ts';
import type { PanelState } from '../../store/state.ts';
import type { MicroCell } from '../../widgets/MicroBar.tsx';

export interface Standing {
  /** Cells of the bar by what is so, in the order of the queues. */
  readonly cells: readonly MicroCell[];
  readonly counted: number;
  readonly asDesired: number;
}

function cellOf(queue: QueueSnapshot): MicroCell {
  const { word } = describeOnce(queue);
  if (word === 'ACC') return 'acc';
  if (word === 'SW') return 'sw';
  if (word === 'FELL BACK' || word === 'SUSPECT') return 'warn';
  return word === 'QUARANTINE' ? 'err' : 'other';
}

const isSame = (a: Standing, b: Standing): boolean =>
  a.counted === b.counted &&
  a.asDesired === b.asDesired &&
  a.cells.length === b.cells.length &&
  a.cells.every((cell, place) => cell === b.cells[place]);

/** The same value as long as nothing of it changes, whatever else moves in the records. */
export function standingSelector(name: string): (state: PanelState) => Standing {
  let last: { readonly queues: PanelState['queues']; readonly standing: Standing } | null = null;
  return ({ queues, order }) => {
    if (last?.queues === queues) return last.standing;
    const own = (order.get(name) ?? []).flatMap((key) => queues.get(key) ?? []);
    const { counted, asDesired } = count(own);
    const standing = { cells: own.map(cellOf), counted, asDesired };
    last = { queues, standing: last !== null && isSame(last.standing, standing) ? last.standing : standing };
    return last.standing;
  };
}
