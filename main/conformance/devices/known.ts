/** The kinds of device there are checks for, and which of them a back-end is. */
import type { VirtioFeature } from '../../wire/virtio-features.ts';
import { offers, offersVirtio, type Facts } from '../facts.ts';
import { blkDevice } from './blk.ts';
import type { DeviceModel, DeviceName } from './device.ts';
import { netDevice } from './net.ts';

export const DEVICES: Readonly<Record<DeviceName, DeviceModel>> = { net: netDevice, blk: blkDevice };

/** Feature bits that only one kind of device has a meaning for that a back-end would offer. */
const NET_BITS: readonly VirtioFeature[] = [
  'NET_F_MRG_RXBUF',
  'NET_F_CTRL_VQ',
  'NET_F_GUEST_ANNOUNCE',
  'NET_F_MQ',
];
const BLK_BITS = 0b0000_0010_0100_0100n; // SEG_MAX (2), BLK_SIZE (6), FLUSH (9)

/**
 * The kind of device, or null where its features do not tell: the protocol has no message that says it. A block device
 * has a configuration space that is read, which a network device's front-end keeps itself.
 */
export function guessDevice(facts: Facts): DeviceModel | null {
  if (NET_BITS.some((bit) => offersVirtio(facts, bit))) return netDevice;
  if (offers(facts, 'CONFIG') && (facts.virtioOffered & BLK_BITS) !== 0n) return blkDevice;
  return null;
}
