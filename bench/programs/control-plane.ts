/**
 * Control messages decoded and stepped per second: the messages with which a front-end begins a session, from bytes to
 * the next state and the reply's bytes, without sockets. Prints {"messages":…,"seconds":…}.
 *
 *   node control-plane.mjs [QUEUE_PAIRS]
 */
import { initialSession } from '../../main/engine/initial.ts';
import { step } from '../../main/engine/step.ts';
import { encodeFrontend } from '../../main/wire/encode.ts';
import { decodeHeader, HEADER_BYTES } from '../../main/wire/header.ts';
import type { VringState } from '../../main/wire/payload/vring-state.ts';
import { protocolMask } from '../../main/wire/protocol-features.ts';
import { virtioMask } from '../../main/wire/virtio-features.ts';

const FEATURES = virtioMask('F_VERSION_1', 'F_EVENT_IDX', 'VHOST_USER_F_PROTOCOL_FEATURES');
const PROTOCOL = protocolMask('MQ', 'REPLY_ACK', 'STATUS');
const QUEUE_PAIRS = Number(process.argv[2] ?? 1);
const QUEUES = 2 * QUEUE_PAIRS;
/** Messages, of any session, between two looks at the clock, and before the first. */
const BATCH = 1_000;
const WARM_UP = 60_000;
const SECONDS = 2;
const SIZE = 256;

const ring = (index: number, num: number): VringState => ({ index, num });

const frames = [
  encodeFrontend('GET_FEATURES', null),
  encodeFrontend('SET_OWNER', null),
  encodeFrontend('SET_FEATURES', FEATURES),
  encodeFrontend('GET_PROTOCOL_FEATURES', null),
  encodeFrontend('SET_PROTOCOL_FEATURES', PROTOCOL),
  encodeFrontend('GET_QUEUE_NUM', null),
  ...Array.from({ length: QUEUES }, (_, index) => index).flatMap((index) => [
    encodeFrontend('SET_VRING_NUM', ring(index, SIZE), true),
    encodeFrontend('SET_VRING_BASE', ring(index, 0), true),
    encodeFrontend('SET_VRING_ENABLE', ring(index, 1), true),
  ]),
];

const config = {
  name: 'bench',
  dialect: 'upstream',
  queuePairs: QUEUE_PAIRS,
  offeredFeatures: FEATURES,
  offeredProtocol: PROTOCOL,
  unmapsAtOnce: false,
  maxMemorySlots: 8,
  maxMtu: null,
  netConfig: null,
} as const;
const wanted = Array.from({ length: QUEUES }, () => ({
  desired: 'software' as const,
  accelerator: null,
}));

/** One session's beginning. */
function session(now: number): void {
  let state = initialSession(config, wanted, now);
  for (const frame of frames) {
    const header = decodeHeader(frame.subarray(0, HEADER_BYTES));
    if (!header.ok) throw new Error(header.error.kind);
    const body = frame.subarray(HEADER_BYTES);
    const result = step(
      state,
      { kind: 'frame', header: header.value, body, fdCount: 0, fds: [] },
      { now, pageSize: 4096n, accelerators: [], linkUp: true },
    );
    if (result.state.closed) throw new Error('the session was closed');
    state = result.state;
  }
}

const end = performance.now() + SECONDS * 1000;
// The compiler of the JavaScript engine is not what is measured.
for (let i = 0; i < WARM_UP; i += frames.length) session(i);
console.log('{"began":true}');
const began = performance.now();
let sessions = 0;
while (performance.now() < Math.max(end, began + 1000)) {
  for (let i = 0; i < BATCH; i += frames.length) session(sessions++);
}
const seconds = (performance.now() - began) / 1000;
console.log(JSON.stringify({ messages: sessions * frames.length, seconds }));
// The bench reads from /proc what disturbed it, and ends it then.
setInterval(() => undefined, 1_000_000);
