/**
 * Notify areas and groups of the queues: offered, mapped, unmapped, remembered.
 *
 * Upstream: a page is mapped when it is offered to a running device and forgotten when it is unmapped.
 * rfc2018: an area outlives a stop of its ring and is mapped again at the next SET_VRING_BASE; it holds its fd
 * until it is replaced, deleted, or the device is reset or disconnected.
 */
import { hasVirtio } from '../wire/virtio-features.ts';
import type { VringArea } from '../wire/payload/vring-area.ts';
import type { VringFd } from '../wire/payload/vring-fd.ts';
import type { AnswerName } from '../wire/answer-codes.ts';
import { answerBackend } from './answers.ts';
import type { MapEffect, Owed, ReceivedFd } from './effects.ts';
import { answerToMapError } from './map-answer.ts';
import type { Turn } from './turn.ts';
import { dropArea, releaseGroup, unmapArea } from './undo-areas.ts';

/** HOST_NOTIFIER (spec, VHOST_USER_BACKEND_VRING_HOST_NOTIFIER_MSG): what was mapped before is removed first. */
export function offerPage(turn: Turn, area: VringArea, fd: ReceivedFd | null, owed: Owed | null): void {
  const queue = turn.state.queues[area.index];
  if (queue === undefined) {
    refuseArea(turn, area.index, 'unknown-queue', fd, owed);
    return;
  }
  unmapArea(turn, area.index, 'removed');
  if (fd === null) {
    answerBackend(turn, owed, 'accepted');
    return;
  }
  if (turn.state.device === 'stopped') {
    refuseArea(turn, area.index, 'not-running', fd, owed);
    return;
  }
  map(turn, area, fd, owed);
}

/** NOTIFY_AREA of the 2018 draft. */
export function setArea(turn: Turn, area: VringArea, fd: ReceivedFd | null, owed: Owed | null): void {
  const queue = turn.state.queues[area.index];
  if (queue === undefined) {
    refuseArea(turn, area.index, 'unknown-queue', fd, owed);
    return;
  }
  if (fd === null) {
    dropArea(turn, area.index, 'removed');
    answerBackend(turn, owed, 'accepted');
    return;
  }
  const invalid = invalidArea(turn, area, fd);
  if (invalid !== null) {
    turn.note(describeInvalid(turn, area, invalid));
    refuseArea(turn, area.index, invalid, fd, owed);
    return;
  }
  if (turn.state.device === 'running') {
    map(turn, area, fd, owed);
    return;
  }
  dropArea(turn, area.index, 'removed');
  const { offset, size } = area;
  turn.setQueue(area.index, { area: { offset, size, fd: fd.id, mapped: false } });
  answerBackend(turn, owed, 'accepted');
}

/** VFIO_GROUP of the 2018 draft: a group is what its fd is, never the number of the fd. */
export function setGroup(turn: Turn, { index }: VringFd, fd: ReceivedFd | null, owed: Owed | null): void {
  const queue = turn.state.queues[index];
  const refused = queue === undefined ? 'unknown-queue' : fd === null ? null : groupRefusal(fd);
  if (queue === undefined || refused !== null) {
    if (fd !== null) turn.do({ kind: 'close-fd', fd: fd.id });
    answerBackend(turn, owed, refused ?? 'unknown-queue');
    return;
  }
  const { refuseGroup } = turn.state.faults;
  if (fd !== null && refuseGroup !== null) {
    turn.do({ kind: 'close-fd', fd: fd.id });
    answerBackend(turn, owed, BigInt(refuseGroup));
    return;
  }
  const group = fd?.identity.key ?? null;
  // The new one is held before the old one is released: the same group never falls to zero in between.
  if (fd !== null && group !== null) {
    turn.do({ kind: 'hold-group', queue: index, group, fd: fd.id });
    turn.announce({ kind: 'group-held', queue: index, group });
  }
  releaseGroup(turn, index);
  turn.setQueue(index, { group });
  answerBackend(turn, owed, 'accepted');
}

/** The runner tried to map. Late for its connection, the page goes again. */
export function mapped(turn: Turn, effect: MapEffect, code: string | null): void {
  const { queue, fd, offset, size } = effect;
  const keepsFd = turn.config.dialect === 'rfc2018';
  if (effect.for.kind === 'restore') {
    restored(turn, effect, code);
    return;
  }
  if (code !== null) {
    refuseArea(turn, queue, answerToMapError(code), { id: fd }, effect.for.owed);
    return;
  }
  if (turn.state.link === 'disconnected') {
    turn.do({ kind: 'unmap', queue, cause: 'disconnected' });
    turn.do({ kind: 'close-fd', fd });
    return;
  }
  const before = turn.state.queues[queue]?.area?.fd ?? null;
  if (before !== null) turn.do({ kind: 'close-fd', fd: before });
  if (!keepsFd) turn.do({ kind: 'close-fd', fd });
  turn.setQueue(queue, { area: { offset, size, fd: keepsFd ? fd : null, mapped: true } });
  turn.announce({ kind: 'notify-mapped', queue, offset, size });
  answerBackend(turn, effect.for.owed, 'accepted');
}

/** rfc2018: maps the area that is known from before the stop. */
export function restoreArea(turn: Turn, index: number): void {
  const area = turn.state.queues[index]?.area ?? null;
  if (area?.fd === undefined || area.fd === null || area.mapped) return;
  const { offset, size, fd } = area;
  turn.do({ kind: 'map', queue: index, fd, offset, size, for: { kind: 'restore' } });
}

function restored(turn: Turn, { queue, fd, offset, size }: MapEffect, code: string | null): void {
  const area = turn.state.queues[queue]?.area ?? null;
  if (area?.fd !== fd) {
    if (code === null) turn.do({ kind: 'unmap', queue, cause: 'disconnected' });
    return;
  }
  if (code !== null) {
    turn.note(`The notify area of queue ${queue} cannot be mapped again: ${code}`);
    dropArea(turn, queue, 'removed');
    return;
  }
  turn.setQueue(queue, { area: { ...area, mapped: true } });
  turn.announce({ kind: 'notify-mapped', queue, offset, size });
}

function map(turn: Turn, area: VringArea, fd: ReceivedFd, owed: Owed | null): void {
  const { refuseNotify } = turn.state.faults;
  if (refuseNotify !== null) {
    refuseArea(turn, area.index, BigInt(refuseNotify), fd, owed);
    return;
  }
  if (!hasVirtio(turn.state.negotiated.virtioAcked, 'F_VERSION_1')) {
    refuseArea(turn, area.index, 'legacy-device', fd, owed);
    return;
  }
  const { index: queue, offset, size } = area;
  turn.do({ kind: 'map', queue, fd: fd.id, offset, size, for: { kind: 'request', owed } });
}

/** What can be told of an area without mapping it; device fds have no size, mmap decides about them. */
function invalidArea(turn: Turn, area: VringArea, fd: ReceivedFd): AnswerName | null {
  const page = BigInt(turn.config.pageSize);
  if (!hasVirtio(turn.state.negotiated.virtioAcked, 'F_VERSION_1')) return 'legacy-device';
  if (area.size !== page) return 'size';
  if (area.offset % page !== 0n) return 'offset';
  const { size } = fd.identity;
  return size !== null && area.offset + area.size > size ? 'beyond-file' : null;
}

function describeInvalid({ config }: Turn, { index, size, offset }: VringArea, answer: AnswerName): string {
  const area = `The notify area of queue ${index}, ${size} bytes at ${offset}, is refused (${answer})`;
  return `${area}: a page of this system has ${config.pageSize} bytes`;
}

/** A VFIO group, or the memfd that stands for the group of a simulated device. */
function groupRefusal({ identity }: ReceivedFd): AnswerName | null {
  const isGroup = identity.kind === 'vfio-group' || identity.kind === 'memfd';
  return isGroup && identity.key !== null ? null : 'group-unidentified';
}

function refuseArea(
  turn: Turn,
  queue: number,
  answer: AnswerName | bigint,
  fd: Pick<ReceivedFd, 'id'> | null,
  owed: Owed | null,
): void {
  if (fd !== null) turn.do({ kind: 'close-fd', fd: fd.id });
  turn.announce({ kind: 'notify-refused', queue, answer: String(answer) });
  answerBackend(turn, owed, answer);
}
