import { hasVirtio } from '../../wire/virtio-features.ts';
import type { DeviceModel } from './device.ts';

const HEADER_MODERN = 12;
const HEADER_LEGACY = 10;
/** IEEE 802 "Local Experimental Ethertype 1": nobody answers it. */
const ETHERTYPE = [0x88, 0xb5];
const FRAME_BYTES = 60;

/** A broadcast frame of the least length. */
function frame(): Uint8Array {
  const bytes = new Uint8Array(FRAME_BYTES);
  bytes.fill(0xff, 0, 6);
  bytes.set([0x02, 0, 0, 0, 0, 0x77], 6);
  bytes.set(ETHERTYPE, 12);
  return bytes;
}

/** virtio-net: ring 0 receives, ring 1 sends (virtio 1.2, 5.1.2 "Virtqueues"). */
export const netDevice: DeviceModel = {
  name: 'net',
  rings: [0, 1],
  workRing: 1,
  discardsWhileDisabled: true,
  ringCount: ({ queueNum }) => 2 * Number(queueNum ?? 1n),
  request: (features) => {
    const modern = hasVirtio(features, 'F_VERSION_1') || hasVirtio(features, 'NET_F_MRG_RXBUF');
    const header = new Uint8Array(modern ? HEADER_MODERN : HEADER_LEGACY);
    const data = frame();
    const bytes = new Uint8Array([...header, ...data]);
    return [{ bytes, length: bytes.byteLength }];
  },
  // A sent frame has no writable buffer. "len" is what the device wrote, but old devices put anything there
  // (virtio 1.2, 2.7.8.2), so it is not held to 0.
  wrong: () => null,
};
