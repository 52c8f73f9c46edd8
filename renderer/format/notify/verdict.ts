/** What an explanation consists of. */

export type Certainty = 'certain' | 'likely' | 'possible';

/** One fact that a verdict stands on. */
export interface Input {
  readonly name: string;
  readonly value: string;
}

/** What a verdict adds to what is so for every queue. */
export interface Verdict {
  readonly id: VerdictId;
  readonly what: string;
  /** Why `what` is certain: it was sent, answered, measured. */
  readonly basis: string;
  readonly cause: string;
  readonly certainty: Certainty;
  /** What the certainty is about, in a word or two. */
  readonly about: string;
  readonly proof: string;
  readonly next: string;
  /** An exact option or command to use; null where there is none. */
  readonly remedy: string | null;
  readonly inputs: readonly Input[];
}

export interface Explanation extends Verdict {
  readonly effectNow: string;
  /** Why the effect is certain; null where it is only what the state machine says. */
  readonly effectBasis: string;
}

export type VerdictId =
  | 'feature-missing'
  | 'no-channel'
  | 'no-answer'
  | 'removal-unconfirmed'
  | 'lab-fault'
  | 'size-not-page'
  | 'host-page-not-4k'
  | 'page-per-vq-off'
  | 'only-some-refused'
  | 'old-generation'
  | 'generation-ended'
  | 'kicks-continue'
  | 'page-shared'
  | 'store-ignored'
  | 'mapping-vanished'
  | 'accelerator'
  | 'ring'
  | 'other';
