import type { AnswerName } from '../wire/answer-codes.ts';

/** The name of the answer to a request whose page could not be mapped, by the code of `Guest.mapNotify`. */
export function answerToMapError(code: string): AnswerName {
  switch (code) {
    case 'size':
    case 'offset':
    case 'beyond-file':
      return code;
    default:
      return 'not-mappable';
  }
}
