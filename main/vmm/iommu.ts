/**
 * The front-end's IOMMU, simulated: the guest's driver tells its device I/O virtual addresses, the table that translates
 * them is the guest's (`Guest.translate`), and the back-end is told a page at a time, as it asks. Like QEMU it sends the
 * translation and waits for the acknowledgement before it answers the miss.
 */
import type { Iotlb } from '../wire/payload/iotlb.ts';
import { answerBackend } from './answers.ts';
import { submit } from './operations.ts';
import type { IommuPage, Owed } from './effects.ts';
import type { Turn } from './turn.ts';

/** IOTLB_MSG of the back-end. */
export function iotlbRequest(turn: Turn, message: Iotlb, owed: Owed | null): void {
  if (message.type === 'miss') {
    turn.do({ kind: 'look-up', miss: message, owed });
    return;
  }
  if (message.type === 'access-fail') turn.note(`The back-end may not access ${hex(message.iova)}`);
  else turn.note(`An IOTLB ${message.type} is for the front-end to send`);
  answerBackend(turn, owed, message.type === 'access-fail' ? 'accepted' : 'refused');
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** What the guest's table has for a miss; a page that does not permit the access is as good as none. */
export function lookedUp(turn: Turn, miss: Iotlb, page: IommuPage | null, owed: Owed | null): void {
  if (turn.state.link === 'disconnected') return;
  const permitted = page !== null && (page.readable || !miss.readable) && (page.writable || !miss.writable);
  if (page === null || !permitted) {
    turn.note(`No translation of ${hex(miss.iova)}`);
    answerBackend(turn, owed, 'not-translated');
    return;
  }
  const { iova, size, frontendAddress: userAddress, readable, writable } = page;
  const message: Iotlb = { iova, size, userAddress, readable, writable, type: 'update' };
  submit(turn, null, 'translate', [
    { kind: 'iotlb', message },
    { kind: 'answer', owed },
  ]);
}
