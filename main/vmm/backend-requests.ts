/** A request of the back-end: decoded by the table, checked, carried out, answered where an answer is owed. */
import { decodeBackend, type Frame } from '../wire/decode.ts';
import { owedToBackend } from '../wire/encode.ts';
import type { AnswerName } from '../wire/answer-codes.ts';
import { describeWireError, effectOf, type WireError } from '../wire/wire-error.ts';
import { answerBackend } from './answers.ts';
import { offerPage, setArea, setGroup } from './areas.ts';
import { endConnection } from './connection.ts';
import type { Owed, ReceivedFd } from './effects.ts';
import { submit } from './operations.ts';
import { iotlbRequest } from './iommu.ts';
import type { Turn } from './turn.ts';

/** Each fd ends in an area, in a group, or in one `close-fd`. */
export function backendRequest(turn: Turn, frame: Frame, fds: readonly ReceivedFd[]): void {
  if (turn.state.link === 'disconnected') {
    closeAll(turn, fds);
    return;
  }
  const decoded = decodeBackend(frame, turn.state.negotiated);
  if (!decoded.ok) {
    closeAll(turn, fds);
    const message = describeWireError(decoded.error);
    const effect = effectOf(decoded.error);
    if (effect === 'close') {
      endConnection(turn, { code: 'answer', message });
      return;
    }
    turn.note(message);
    const { request } = frame.header;
    if (effect === 'nack')
      answerBackend(turn, { request, name: `request ${request}` }, refusalOf(decoded.error));
    return;
  }

  const { message, notes } = decoded.value;
  for (const note of notes) turn.note(note);
  const isOwed = owedToBackend(message, turn.state.negotiated) !== 'none';
  const owed: Owed | null = isOwed ? { request: frame.header.request, name: message.name } : null;
  const fd = fds[0] ?? null;
  switch (message.name) {
    case 'BACKEND_VRING_HOST_NOTIFIER_MSG': {
      offerPage(turn, message.payload, fd, owed);
      return;
    }
    case 'BACKEND_IOTLB_MSG': {
      iotlbRequest(turn, message.payload, owed);
      return;
    }
    case 'BACKEND_CONFIG_CHANGE_MSG':
      answerBackend(turn, owed, 'accepted');
      submit(turn, null, 'read-config', null);
      return;
    case 'VRING_NOTIFY_AREA_MSG': {
      setArea(turn, message.payload, fd, owed);
      return;
    }
    case 'VRING_VFIO_GROUP_MSG': {
      setGroup(turn, message.payload, fd, owed);
      return;
    }
    default:
      closeAll(turn, fds);
      turn.note(`${message.name} is not served by this front-end`);
      answerBackend(turn, owed, 'not-served');
  }
}

function refusalOf({ kind }: WireError): AnswerName {
  switch (kind) {
    case 'feature-gate':
      return 'not-negotiated';
    case 'unknown-request':
    case 'foreign-dialect':
      return 'not-served';
    default:
      return 'refused';
  }
}

function closeAll(turn: Turn, fds: readonly ReceivedFd[]): void {
  for (const { id } of fds) turn.do({ kind: 'close-fd', fd: id });
}
