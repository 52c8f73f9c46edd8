/** How facts of the notify path are spelled, the same in lanes, checks and explanations. */
import type { PageOffer, QueueSnapshot, SessionSnapshot } from '../../../app/contract/snapshot.ts';
import { count, hex, nanoseconds, UNKNOWN } from '../numbers.ts';

/** `answer 0 · 3.1 ms` */
export const answerText = (answer: NonNullable<PageOffer['answer']>): string =>
  `answer ${answerCode(answer)} · ${nanoseconds(answer.latencyMs * 1e6)}`;

/** Small codes as numbers, what looks like a mask as hex. */
export function answerCode({ code }: NonNullable<PageOffer['answer']>): string {
  const value = BigInt(code);
  return value < 256n ? value.toString() : hex(code);
}

/** What the fd is: its kind, and its key where the kernel has one. */
export const fileText = ({ file: { kind, key } }: PageOffer): string =>
  key === null ? kind : `${kind} ${key.replace(`${kind}:`, '')}`;

export const offerText = (offer: PageOffer): string => `${fileText(offer)} + ${hex(offer.offset)}`;

/** `12 kicks`; an em dash where they cannot be counted. */
export const countText = (value: number | null, unit: string): string =>
  value === null ? UNKNOWN : `${count(value)} ${unit}`;

/** `q0, q1 and q4` */
export function queueList(indices: readonly number[]): string {
  const names = indices.map((index) => `q${index}`);
  const last = names.pop();
  if (last === undefined) return 'no queue';
  if (names.length === 0) return last;
  return names.length > 6 ? `${names.length + 1} queues` : `${names.join(', ')} and ${last}`;
}

/** What a person calls the program behind the socket. */
export function frontEnd(session: Pick<SessionSnapshot, 'peer' | 'simulated'>): string {
  if (session.simulated) return 'the simulated guest';
  return isQemu(session) ? 'QEMU' : 'the VMM';
}

export const isQemu = ({ peer }: Pick<SessionSnapshot, 'peer'>): boolean =>
  peer?.name?.startsWith('qemu') === true;

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const nameOf = ({ index, role }: QueueSnapshot): string => `q${index} ${role}`;

export const sentence = (text: string): string => (/[.:!?]$/.test(text) ? text : `${text}.`);
