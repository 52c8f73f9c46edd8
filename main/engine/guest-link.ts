/**
 * The guest's link, as its front-end reads it in the device's configuration. A front-end that read it before it changed
 * is told once to read it again, however often it changes until then.
 */
import { encodeBackend } from '../wire/encode.ts';
import { hasProtocol } from '../wire/protocol-features.ts';
import { sendNotice } from './outstanding.ts';
import { isRunning } from './rings.ts';
import type { SessionState } from './state.ts';
import type { Turn } from './turn.ts';

/** The front-end reads the link now. */
export function linkWasRead(turn: Turn): void {
  const { up, told } = turn.state.knownLink;
  const { linkUp } = turn.context;
  if (up !== linkUp || told) turn.patch({ knownLink: { up: linkUp, told: false } });
}

/** Tells the front-end that what it read is no longer so. Never while a reply is owed to it (design rule 3). */
export function tellLink(turn: Turn): void {
  const { knownLink, ackedProtocol } = turn.state;
  const { linkUp } = turn.context;
  if (knownLink.up === null || knownLink.up === linkUp || knownLink.told || !mayTell(turn.state)) return;
  const isAnswered = hasProtocol(ackedProtocol ?? 0n, 'REPLY_ACK');
  turn.patch({ knownLink: { ...knownLink, told: true } });
  sendNotice(turn, 'config-change', encodeBackend('BACKEND_CONFIG_CHANGE_MSG', null, isAnswered), isAnswered);
  turn.log(
    'note',
    null,
    'guest-link',
    `The front-end is told that its guest's link is ${linkUp ? 'up' : 'down'}`,
  );
}

/** While every ring is stopped a device is suspended, and sends the front-end nothing (spec, "Suspended device state"). */
const mayTell = ({ ackedProtocol, backEnd, queues }: SessionState): boolean =>
  hasProtocol(ackedProtocol ?? 0n, 'CONFIG') && backEnd.kind === 'open' && queues.some(isRunning);

/** Zero: the front-end will read, or has its guest read. Otherwise it knows what it knew. */
export function changeAnswered(turn: Turn, value: bigint): void {
  if (value !== 0n)
    turn.log(
      'warn',
      null,
      'guest-link',
      `The front-end refused to read the configuration again (answer ${value})`,
    );
}
