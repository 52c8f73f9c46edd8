/** SET_LOG_BASE and SET_LOG_FD: where dirty pages are marked while the front-end migrates its guest. */
import { encodeReply } from '../../wire/encode.ts';
import type { Log } from '../../wire/payload/log.ts';
import { hasProtocol } from '../../wire/protocol-features.ts';
import type { ReceivedFd } from '../events.ts';
import type { Turn } from '../turn.ts';
import { done, later, refused, type Outcome } from './outcome.ts';

/** The older form names an address of the front-end's, which means nothing to another process. */
export function setLogBase(turn: Turn, log: Log, fds: readonly ReceivedFd[]): Outcome {
  const [fd] = fds;
  const isShared = hasProtocol(turn.state.ackedProtocol ?? 0n, 'LOG_SHMFD');
  if (!isShared || log.kind !== 'shared' || fd === undefined) {
    turn.closeFds(fds.map((one) => one.id));
    return refused('log', 'The dirty log must be an area of an fd (LOG_SHMFD)');
  }
  const effect = turn.newEffect();
  turn.do({ kind: 'map-log', id: effect, fd: fd.id, offset: log.offset, size: log.size });
  return { ...later([], [effect]), frame: encodeReply('SET_LOG_BASE', null) };
}

/** An eventfd for a front-end that sleeps until pages are dirty. The log is shared memory that is read when it suits. */
export function setLogFd(turn: Turn, fds: readonly ReceivedFd[]): Outcome {
  turn.closeFds(fds.map((one) => one.id));
  const isEventfd = fds.every((one) => one.kind === 'eventfd');
  return isEventfd ? done : refused('fd', 'The fd for the dirty log is no eventfd');
}
