/** What a front-end says of the network card as such. */
import type { Turn } from '../turn.ts';
import { done, refused, type Outcome } from './outcome.ts';

const MAC_BITS = 48;

/** After a migration, for a guest that cannot announce itself. */
export function sendRarp(turn: Turn, payload: bigint): Outcome {
  turn.do({ kind: 'announce', mac: BigInt.asUintN(MAC_BITS, payload) });
  return done;
}

/** Virtio 1.2 §5.1.4.1. */
const MIN_MTU = 68n;

/** The MTU that the front-end will tell its guest; what is refused it must not offer. */
export function setMtu(turn: Turn, mtu: bigint): Outcome {
  const most = turn.state.config.maxMtu;
  if (most !== null && mtu >= MIN_MTU && mtu <= BigInt(most)) {
    turn.patch({ mtu: Number(mtu) });
    return done;
  }
  return refused('MTU', `An MTU of ${mtu} is not from ${MIN_MTU} to ${most ?? 'any'}`);
}
