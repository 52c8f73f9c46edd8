/**
 * What a lane of the notify map and an explanation are made from: one queue, its session and the other queues
 * of that session. Nothing here is guessed: each value was sent, answered or measured by the engine, or is null.
 */
import type { PageOffer, QueueSnapshot, SessionSnapshot } from '../../../app/contract/snapshot.ts';

export type SessionFacts = Pick<
  SessionSnapshot,
  'name' | 'state' | 'simulated' | 'peer' | 'featureNames' | 'commandLine'
>;

export interface NotifyFacts {
  readonly queue: QueueSnapshot;
  readonly session: SessionFacts;
  /** Every queue of the session, this one among them. */
  readonly siblings: readonly QueueSnapshot[];
  readonly page: PageUse | null;
}

/** Who else was given the very page that this queue was given. */
export interface PageUse {
  /** The queue that the page is taken to belong to. */
  readonly owner: number;
  /** Every queue to which it was offered and that may still ring it, in order of index. */
  readonly users: readonly number[];
}

/** Protocol features without which no page can be offered, with their bits (upstream dialect). */
export const PAGE_FEATURES = {
  REPLY_ACK: 3,
  BACKEND_REQ: 5,
  BACKEND_SEND_FD: 10,
  HOST_NOTIFIER: 11,
} as const;
export type PageFeature = keyof typeof PAGE_FEATURES;
export const PAGE_FEATURE_NAMES: readonly PageFeature[] = [
  'REPLY_ACK',
  'BACKEND_REQ',
  'BACKEND_SEND_FD',
  'HOST_NOTIFIER',
];

/** Null before the front-end chose its features. */
export function missingFeatures(session: SessionFacts): readonly PageFeature[] | null {
  const negotiated = session.featureNames?.protocol;
  return negotiated === undefined ? null : PAGE_FEATURE_NAMES.filter((name) => !negotiated.includes(name));
}

/** What was sent, as one word: two pages with the same word are the same page. Null where the kernel names no file. */
export const pageKey = (offer: PageOffer): string | null =>
  offer.file.key === null ? null : `${offer.file.kind} ${offer.file.key} ${offer.offset}`;

/** The front-end may ring this page now: offered in a generation that goes on, and not refused. */
export const isStanding = (offer: PageOffer): boolean =>
  offer.ended === null && !offer.timedOut && (offer.answer === null || isAccepted(offer));

export const isAccepted = (offer: PageOffer): boolean => offer.answer?.code === '0x0';
export const isRefused = (offer: PageOffer): boolean => offer.answer !== null && !isAccepted(offer);

/** Answered after its generation had ended: whatever it says, it changes nothing. */
export const isLate = ({ answer, ended, sentAt }: PageOffer): boolean =>
  answer !== null && ended !== null && sentAt + answer.latencyMs >= ended.at;

export const isUnanswered = ({ answer, timedOut }: PageOffer): boolean => timedOut && answer === null;

/** Of queues that share a page, the one whose own traffic speaks best for it. */
function ownerOf(users: readonly QueueSnapshot[]): number {
  const [best] = users.toSorted(
    (a, b) =>
      Number(a.contradiction !== null) - Number(b.contradiction !== null) ||
      b.evidence - a.evidence ||
      (a.offer?.sentAt ?? 0) - (b.offer?.sentAt ?? 0) ||
      a.index - b.index,
  );
  return best?.index ?? 0;
}

/** By queue index, for every queue of one session that was given a page which can be told from others. */
export function pageUses(queues: readonly QueueSnapshot[]): ReadonlyMap<number, PageUse> {
  const byKey = new Map<string, QueueSnapshot[]>();
  for (const queue of queues) {
    const key = queue.offer === null || !isStanding(queue.offer) ? null : pageKey(queue.offer);
    if (key !== null) byKey.set(key, [...(byKey.get(key) ?? []), queue]);
  }
  const uses = new Map<number, PageUse>();
  for (const users of byKey.values()) {
    const use = { owner: ownerOf(users), users: users.map(({ index }) => index) };
    for (const index of use.users) uses.set(index, use);
  }
  return uses;
}

/** The facts of every queue of one session, in order. */
export function factsOf(session: SessionFacts, siblings: readonly QueueSnapshot[]): readonly NotifyFacts[] {
  const uses = pageUses(siblings);
  return siblings.map((queue) => ({ queue, session, siblings, page: uses.get(queue.index) ?? null }));
}
