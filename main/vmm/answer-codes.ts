/**
 * What this front-end answers to the back-end's requests. Any non-zero value is a refusal to a back-end;
 * the distinct ones are for people, so that a refusal can be explained exactly.
 */
export const ANSWER_CODES = {
  accepted: 0n,
  /** A malformed request, or one that needs a feature that was not negotiated. */
  refused: 1n,
  'unknown-queue': 2n,
  /** The driver has not started the device, or has stopped it. */
  'not-running': 3n,
  /** VERSION_1 was not negotiated: a legacy device has no notify capability. */
  'legacy-device': 4n,
  /** The area is not exactly one page of this system. */
  size: 5n,
  /** The offset is not a multiple of the page size. */
  offset: 6n,
  'beyond-file': 7n,
  'not-mappable': 8n,
  /** The fd is no VFIO group, or the kernel does not tell which. */
  'group-unidentified': 9n,
} as const;
export type AnswerName = keyof typeof ANSWER_CODES;

/** The name of the code of a failed `Guest.mapNotify`. */
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
