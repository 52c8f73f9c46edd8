/**
 * What Doorbell's own front-end answers to the requests of a back-end. Any non-zero value is a refusal, and a
 * front-end may answer any; the distinct ones are for people, so that a refusal can be explained exactly.
 */
export const ANSWER_CODES = {
  accepted: 0n,
  /** Malformed. */
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
  /** It needs a feature that was not negotiated. */
  'not-negotiated': 10n,
  /** Unknown, of the other dialect, or nothing that this front-end does. */
  'not-served': 11n,
  /** The front-end's IOMMU has no translation that permits the access. */
  'not-translated': 12n,
} as const;
export type AnswerName = keyof typeof ANSWER_CODES;

const NAMES = new Map<bigint, string>(Object.entries(ANSWER_CODES).map(([name, code]) => [code, name]));

/** An answer as a person reads it: with its name where the front-end speaks rfc2018 and so has these names. */
export function describeAnswer(value: bigint, named: boolean): string {
  const name = named ? NAMES.get(value) : undefined;
  return name === undefined ? `answer ${value}` : `answer ${value}, ${name}`;
}
