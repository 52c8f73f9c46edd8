/**
 * The secret of one run: who has it may switch queues. It travels in the URL's fragment, which no server log
 * sees, and as WebSocket sub-protocol, the one header that a browser lets a page set.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 bits as URL-safe text. */
export const newToken = (): string => randomBytes(32).toString('base64url');

export const urlWithToken = (url: string, token: string): string => `${url}#token=${token}`;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The offered sub-protocol that carries this token, compared in constant time; null when none does. */
export function protocolWithToken(offered: Iterable<string>, token: string): string | null {
  const wanted = digest(`doorbell.${token}`);
  for (const protocol of offered) if (timingSafeEqual(digest(protocol), wanted)) return protocol;
  return null;
}
