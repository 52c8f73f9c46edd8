/** Every layout of main/wire/payload, field by field, as authors of back-ends need it. */
export const PAYLOADS: readonly { readonly name: string; readonly layout: string }[] = [
  { name: 'empty', layout: 'nothing' },
  { name: 'u64', layout: '`u64 value`' },
  {
    name: 'u64 (index, no-fd bit)',
    layout: '`u64`: bits 0–7 the queue, bit 8 “no fd comes with this”, the rest ignored',
  },
  { name: 'VringState', layout: '`u32 index`, `u32 num`' },
  { name: 'VringState (0 or 1)', layout: '`u32 index`, `u32 num`; any other `num` is refused' },
  {
    name: 'VringAddr',
    layout:
      '`u32 index`, `u32 flags` (bit 0: log the used ring), `u64 desc`, `u64 used`, `u64 avail`, `u64 log`; addresses of the front-end',
  },
  {
    name: 'MemTable',
    layout:
      '`u32 count` (1…8), `u32` padding, then per region `u64 guest address`, `u64 size`, `u64 user address`, `u64 mmap offset`; a longer body is accepted, its tail ignored',
  },
  { name: 'MemReg', layout: '`u64` padding, then one region as in MemTable' },
  { name: 'Log', layout: '`u64 size`, `u64 offset`; or `u64` alone, as before LOG_SHMFD' },
  {
    name: 'Iotlb',
    layout:
      '`u64 iova`, `u64 size`, `u64 user address`, `u8 permission` (1 read, 2 write, 3 both), `u8 type` (1 miss, 2 update, 3 invalidate, 4 access failed), 6 bytes padding',
  },
  {
    name: 'Config',
    layout: '`u32 offset`, `u32 size` (at most 256), `u32 flags` (1: migration), `size` bytes',
  },
  {
    name: 'VringArea',
    layout:
      '`u64`: bits 0–7 the queue, bit 8 “remove, no fd”; `u64 size` in bytes, exactly one page of this system; `u64 offset` into the fd, a multiple of it',
  },
  {
    name: 'Inflight',
    layout: '`u64 mmap size`, `u64 mmap offset`, `u16 queues`, `u16 queue size`, 4 bytes padding',
  },
  { name: 'Shared', layout: '`u8 uuid[16]`' },
  { name: 'Transfer', layout: '`u32 direction` (0 save, 1 load), `u32 phase` (0 stopped)' },
  {
    name: 'MMap',
    layout:
      '`u8 shmid`, 7 bytes padding, `u64 fd offset`, `u64 shm offset`, `u64 length`, `u64 flags` (bit 0 writable)',
  },
  { name: 'ShMemConfig', layout: '`u32 count`, `u32` padding, `u64 size[256]`' },
  { name: 'CryptoSession', layout: 'as its device type defines it; refused by name here' },
];
