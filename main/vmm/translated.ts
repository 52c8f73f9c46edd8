/** Which translations the back-end was told of and has still. */
import type { Iotlb } from '../wire/payload/iotlb.ts';
import type { Turn } from './turn.ts';

/** The oldest translation that the back-end has is taken away; nothing where it has none. */
export function oldestTaken(turn: Turn): readonly { readonly kind: 'iotlb'; readonly message: Iotlb }[] {
  const [oldest] = turn.state.translated;
  if (oldest === undefined) return [];
  const message: Iotlb = { ...oldest, userAddress: 0n, readable: false, writable: false, type: 'invalidate' };
  return [{ kind: 'iotlb', message }];
}

/** The back-end is told of a change. */
export function changed(turn: Turn, { iova, size, type }: Iotlb): void {
  const others = turn.state.translated.filter((one) => one.iova !== iova);
  turn.set({ translated: type === 'update' ? [...others, { iova, size }] : others });
}
