/**
 * A guest that corrupts its tx ring again and again: it starts the ring, writes one of the faults below, kicks, and
 * resets it, four times a second: `hostile-guest.ts SOCKET corrupts`. Its likeness with `behaves` does the same with a
 * frame as it should be. Prints {"turns":1} once the first was done.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { loadAddon } from '../../main/addon/load.ts';
import { connectAnswered } from '../../main/conformance/bench.ts';
import { Capture } from '../../main/conformance/capture.ts';
import { RING_SIZE } from '../../main/conformance/driver-ring.ts';
import { learn } from '../../main/conformance/facts.ts';
import { FrontEnd } from '../../main/conformance/front-end.ts';
import { Talk } from '../../main/conformance/talk.ts';

const TX = 1;
const PAUSE_MS = 250;
/** Where a DriverRing has its areas. */
const RING = TX * 0x4000;
const AVAIL = RING + 0x1000;
const NEXT = 1;
const WRITE = 2;
const INDIRECT = 4;

const [path = '', kind = 'behaves'] = process.argv.slice(2);
const addon = loadAddon();

function must<T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

const capture = new Capture();
const first = must(await connectAnswered({ addon, path }, capture));
const facts = must(await learn(new Talk(first)));
first.close();
const link = must(await connectAnswered({ addon, path }, capture));
const guest = new FrontEnd({ addon, facts, capture, link });
must(await guest.negotiate());
must(await guest.shareMemory());
must(await guest.startRing(0));

function describe(slot: number, address: bigint, length: number, flags: number, next: number): void {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, address, true);
  view.setUint32(8, length, true);
  view.setUint16(12, flags, true);
  view.setUint16(14, next, true);
  guest.ram.write(RING + slot * 16, bytes);
}

/** Offers `count` times the head 0. */
function offer(count: number, head = 0): void {
  for (let i = 0; i < Math.min(count, RING_SIZE); i++) guest.ram.store16(AVAIL + 4 + i * 2, head);
  guest.ram.store16(AVAIL + 2, count);
}

const FAULTS: readonly (() => void)[] = [
  // The index jumps.
  () => offer(40_000),
  // A chain that loops.
  () => {
    describe(0, 0x4_0000n, 64, NEXT, 1);
    describe(1, 0x4_0000n, 64, NEXT, 0);
    offer(1);
  },
  // A length that overflows the memory, an address that wraps 2^64, one in no region.
  () => {
    describe(0, 0x4_0000n, 0xffff_ffff, 0, 0);
    offer(1);
  },
  () => {
    describe(0, 0xffff_ffff_ffff_fff0n, 64, 0, 0);
    offer(1);
  },
  () => {
    describe(0, 0x7000_0000n, 64, 0, 0);
    offer(1);
  },
  // A head, and a next, beyond the table; a buffer that points the wrong way; an indirect table that was not negotiated.
  () => offer(1, RING_SIZE),
  () => {
    describe(0, 0x4_0000n, 64, NEXT, 0x4000);
    offer(1);
  },
  () => {
    describe(0, 0x4_0000n, 64, WRITE, 0);
    offer(1);
  },
  () => {
    describe(0, 0x4_0000n, 64, INDIRECT, 0);
    offer(1);
  },
];

/** A chain of one buffer with a frame for nobody. */
function behave(): void {
  describe(0, 0x4_0000n, 72, 0, 0);
  offer(1);
}
const acts = kind === 'corrupts' ? FAULTS : [behave];

for (let turn = 0; ; turn++) {
  const ring = must(await guest.startRing(TX));
  acts[turn % acts.length]?.();
  ring.kick();
  await delay(PAUSE_MS);
  capture.clear();
  if (turn === 0) console.log('{"turns":1}');
  must(await guest.talk.ask('GET_VRING_BASE', { index: TX, num: 0 }));
}
