/** Answers to the back-end's requests, in the order of the requests, as the fault profile has them. */
import { encodeAck } from '../wire/encode.ts';
import { ANSWER_CODES, type AnswerName } from '../wire/answer-codes.ts';
import { endConnection } from './connection.ts';
import type { Owed } from './effects.ts';
import type { Turn } from './turn.ts';

/** Answers `owed`, null where no answer may be sent. */
export function answerBackend(turn: Turn, owed: Owed | null, answer: AnswerName | bigint): void {
  if (owed === null || turn.state.link === 'disconnected') return;
  const { faults, lateAnswers } = turn.state;
  if (faults.disconnectOn === owed.name) {
    endConnection(turn, { code: 'disconnected', message: `Disconnected on purpose at ${owed.name}` });
    return;
  }
  if (faults.noReply) return;
  const bytes = encodeAck(owed.request, typeof answer === 'bigint' ? answer : ANSWER_CODES[answer]);
  // An answer carries no number of its own: one that is due now still waits for those before it.
  if (faults.lateReplyMs === 0 && lateAnswers.length === 0) {
    turn.do({ kind: 'answer', bytes });
    return;
  }
  turn.set({ lateAnswers: [...lateAnswers, { bytes }] });
  if (lateAnswers.length === 0) waitForNext(turn);
}

/** The oldest late answer is due. */
export function lateAnswerDue(turn: Turn): void {
  const [due, ...lateAnswers] = turn.state.lateAnswers;
  if (due === undefined) return;
  turn.set({ lateAnswers });
  turn.do({ kind: 'answer', bytes: due.bytes });
  if (lateAnswers.length > 0) waitForNext(turn);
}

function waitForNext(turn: Turn): void {
  turn.do({ kind: 'start-timer', timer: 'late-answer', milliseconds: turn.state.faults.lateReplyMs });
}
