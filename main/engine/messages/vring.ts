/** The messages that set up, start, enable and stop one ring, in whatever order a front-end sends them. */
import { encodeReply } from '../../wire/encode.ts';
import type { VringAddr } from '../../wire/payload/vring-addr.ts';
import type { VringFd } from '../../wire/payload/vring-fd.ts';
import type { VringState } from '../../wire/payload/vring-state.ts';
import { hasVirtio } from '../../wire/virtio-features.ts';
import { fitsBase } from '../../wire/vring-base.ts';
import type { ReceivedFd } from '../events.ts';
import { restoreArea } from '../kept-area.ts';
import type { FdKind } from '../ports.ts';
import { haltRing, isRunning, ringBase } from '../rings.ts';
import type { Notifier, QueueState, SessionState } from '../state.ts';
import type { Turn } from '../turn.ts';
import { done, later, refused, type Outcome } from './outcome.ts';

/** 2^15 entries at most; a packed ring's count need not be a power of two (virtio 1.2, 2.7 and 2.8). */
const MAX_SIZE = 32768;

function unknownQueue(turn: Turn, index: number): Outcome | null {
  const count = turn.state.queues.length;
  return index < count ? null : refused('index', `Queue ${index} does not exist: there are ${count}`);
}

/**
 * A front-end that disables its rings and sets them up again without GET_VRING_BASE (user-mode Linux does)
 * has stopped them; a ring that is enabled cannot be set up under way.
 */
function refuseWhileRunning(turn: Turn, queue: QueueState): Outcome | null {
  if (!isRunning(queue) && queue.op?.kind !== 'start') return null;
  if (queue.enabled) return refused('index', `Ring ${queue.index} is running`);
  haltRing(turn, queue.index, false);
  return null;
}

export function setVringNum(turn: Turn, { index, num }: VringState): Outcome {
  const unknown = unknownQueue(turn, index);
  if (unknown !== null) return unknown;
  const packed = hasVirtio(turn.state.ackedFeatures ?? 0n, 'F_RING_PACKED');
  if (num < 1 || num > MAX_SIZE || (!packed && (num & (num - 1)) !== 0))
    return refused('num', `A ring of ${num} entries: not a power of two from 1 to ${MAX_SIZE}`);
  const running = refuseWhileRunning(turn, turn.queue(index));
  if (running !== null) return running;
  turn.patchQueue(index, { size: num });
  return later([index]);
}

export function setVringBase(turn: Turn, { index, num }: VringState): Outcome {
  const unknown = unknownQueue(turn, index);
  if (unknown !== null) return unknown;
  const features = turn.state.ackedFeatures;
  if (features !== null && !fitsBase(features, num))
    return refused('num', `Index ${num} does not fit a split ring`);
  const running = refuseWhileRunning(turn, turn.queue(index));
  if (running !== null) return running;
  turn.patchQueue(index, { base: num, stoppedAt: null });
  restoreArea(turn, index);
  return later([index]);
}

export function setVringAddr(turn: Turn, address: VringAddr): Outcome {
  const { index, desc, avail, used, logsUsedRing, log } = address;
  const unknown = unknownQueue(turn, index);
  if (unknown !== null) return unknown;
  if (logsUsedRing && !hasVirtio(turn.state.config.offeredFeatures, 'VHOST_F_LOG_ALL'))
    return refused('flags', 'Logging of the used ring was not offered');
  if (desc % 16n !== 0n || avail % 2n !== 0n || used % 4n !== 0n)
    return refused('address', 'A ring address is misaligned (virtio 1.2, 2.7)');
  const queue = turn.queue(index);
  const before = queue.addresses;
  const usedLog = logsUsedRing ? log : null;
  if (isRunning(queue) && before?.desc === desc && before.avail === avail && before.used === used) {
    turn.patchQueue(index, { usedLog });
    return done;
  }
  const running = refuseWhileRunning(turn, queue);
  if (running !== null) return running;
  turn.patchQueue(index, { addresses: { desc, avail, used }, usedLog });
  return later([index]);
}

/** Eventfds; user-mode Linux has socket pairs for what we signal. */
function fits(which: 'kick' | 'call' | 'err', kind: FdKind): boolean {
  return kind === 'eventfd' || ((kind === 'pipe' || kind === 'socket') && which !== 'kick');
}

/** Kick, call or err: one fd, or bit 8 for none. */
export function setVringFd(
  turn: Turn,
  which: 'kick' | 'call' | 'err',
  { index, noFd }: VringFd,
  fds: readonly ReceivedFd[],
): Outcome {
  const [fd] = fds;
  const unknown = unknownQueue(turn, index);
  const wrongKind = fd !== undefined && !fits(which, fd.kind);
  if (unknown !== null || wrongKind) {
    turn.closeFds(fds.map((one) => one.id));
    return (
      unknown ?? refused('fd', `The ${which} fd of ring ${index} is a ${fd?.kind ?? 'none'}, not an eventfd`)
    );
  }
  const notifier: Notifier =
    noFd || fd === undefined ? { kind: 'none' } : { kind: 'fd', fd: fd.id, key: fd.key };
  // A ring that its guest broke starts again where it stopped, if the front-end wants it to.
  if (which === 'kick') turn.patchQueue(index, { broken: false });
  turn.setNotifier(index, which, notifier);
  return later([index]);
}

export function setVringEnable(turn: Turn, { index, num }: VringState): Outcome {
  const unknown = unknownQueue(turn, index);
  if (unknown !== null) return unknown;
  const enabled = num === 1;
  if (turn.queue(index).enabled === enabled) return done;
  turn.patchQueue(index, { enabled });
  if (isRunning(turn.queue(index))) turn.do({ kind: 'set-enabled', queue: index, enabled });
  return later([index]);
}

/** Stops the ring and tells where. `num` is ignored: DPDK sends garbage. */
export function getVringBase(turn: Turn, { index }: VringState): Outcome {
  const unknown = unknownQueue(turn, index);
  if (unknown !== null) return unknown;
  haltRing(turn, index, true);
  return later([index], [], index);
}

/** The answer to GET_VRING_BASE once the ring has stopped. */
export function vringBaseReply(state: SessionState, queue: QueueState): Uint8Array {
  return encodeReply('GET_VRING_BASE', { index: queue.index, num: ringBase(state, queue) });
}
