/** What a front-end says of the network card as such. */
import type { Turn } from '../turn.ts';
import { done, type Outcome } from './outcome.ts';

const MAC_BITS = 48;

/** After a migration, for a guest that cannot announce itself. */
export function sendRarp(turn: Turn, payload: bigint): Outcome {
  turn.do({ kind: 'announce', mac: BigInt.asUintN(MAC_BITS, payload) });
  return done;
}
