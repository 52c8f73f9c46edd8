import type { DeviceModel } from './device.ts';

const SECTOR = 512;
/** VIRTIO_BLK_T_IN, sector 0. */
const READ_SECTOR_0 = new Uint8Array(16);
const STATUS_OK = 0;

/** virtio-blk: every ring takes requests; a read of the first sector changes nothing. */
export const blkDevice: DeviceModel = {
  name: 'blk',
  rings: [0],
  workRing: 0,
  discardsWhileDisabled: false,
  ringCount: ({ queueNum }) => Number(queueNum ?? 1n),
  request: () => [
    { bytes: READ_SECTOR_0, length: READ_SECTOR_0.byteLength },
    { bytes: null, length: SECTOR },
    { bytes: null, length: 1 },
  ],
  wrong: ({ length, written }) => {
    const status = written[1]?.[0];
    if (status !== STATUS_OK) return `reading the first sector ended with status ${status ?? '?'}`;
    return length === SECTOR + 1 ? null : `a sector and a status are 513 bytes, the used length is ${length}`;
  },
};
