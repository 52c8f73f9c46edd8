/**
 * How this front-end misbehaves on purpose. Kept as data, so that a scenario can name it, print it and
 * change it while the front-end runs; the front-end itself holds no other way to go wrong.
 */
export interface FaultProfile {
  /** Offers of a notify page are answered with this code and not mapped; null maps them. */
  readonly refuseNotify: number | null;
  /** rfc2018: groups are answered with this code and not held; null holds them. */
  readonly refuseGroup: number | null;
  /** Requests of the back-end are carried out and never answered. */
  readonly noReply: boolean;
  /** Requests of the back-end are carried out at once and answered this many milliseconds later, in order. */
  readonly lateReplyMs: number;
  /** The connection is cut instead of answering a request of this name; null cuts nothing. */
  readonly disconnectOn: string | null;
}

export const NO_FAULTS: FaultProfile = {
  refuseNotify: null,
  refuseGroup: null,
  noReply: false,
  lateReplyMs: 0,
  disconnectOn: null,
};
