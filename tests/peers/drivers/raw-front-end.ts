/**
 * A front-end that sends exactly the bytes and fds it is told to, right or wrong. It shares nothing with the
 * codec under test: the layouts are written out here a second time.
 */
import { closeSync, openSync, readFileSync, readdirSync, statSync, writeSync } from 'node:fs';
import { loadAddon } from '../../../main/addon/load.ts';
import type { Fd, Stream } from '../../../main/addon/surface.ts';
import { until } from './wait.ts';

const addon = loadAddon();

export const REQUEST = {
  GET_FEATURES: 1,
  SET_FEATURES: 2,
  SET_OWNER: 3,
  SET_MEM_TABLE: 5,
  SET_VRING_NUM: 8,
  SET_VRING_ADDR: 9,
  SET_VRING_BASE: 10,
  GET_VRING_BASE: 11,
  SET_VRING_KICK: 12,
  SET_VRING_CALL: 13,
  SET_VRING_ERR: 14,
  GET_PROTOCOL_FEATURES: 15,
  SET_PROTOCOL_FEATURES: 16,
  SET_VRING_ENABLE: 18,
  SET_BACKEND_REQ_FD: 21,
  GET_CONFIG: 24,
} as const;

const VERSION = 1;
export const NEED_REPLY = 8;

export interface RawMessage {
  readonly request: number;
  readonly body?: Uint8Array;
  readonly fds?: readonly Fd[];
  /** Added to the version bit. */
  readonly flags?: number;
  /** All of the flags word. */
  readonly wholeFlags?: number;
  /** What the header claims, if it is not the truth. */
  readonly claimedSize?: number;
}

export const u64 = (...values: readonly bigint[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(value, index * 8);
  return bytes;
};
export const u32 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, index * 4);
  return bytes;
};

export function encode({ request, body, flags, wholeFlags, claimedSize }: RawMessage): Buffer {
  const payload = body ?? new Uint8Array();
  return Buffer.concat([
    u32(request, wholeFlags ?? VERSION | (flags ?? 0), claimedSize ?? payload.length),
    payload,
  ]);
}

export type Answer =
  | { readonly kind: 'reply'; readonly request: number; readonly body: Buffer }
  | { readonly kind: 'closed' }
  | { readonly kind: 'silence' };

/** Front-end addresses and guest addresses of the one region of `memory()`. */
export const FRONT_END_BASE = 0x7f00_0000_0000n;
export const MEMORY_SIZE = 0x10_0000n;

function must<T>(
  result:
    | { readonly ok: true; readonly value: T }
    | { readonly ok: false; readonly error: { readonly message: string } },
): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** What the kernel says of our fd `number`, spelled as the addon spells an identity. */
function keysOf(number: string): readonly string[] {
  const { dev, ino } = statSync(`/proc/self/fd/${number}`);
  const id = /eventfd-id:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${number}`, 'utf8'))?.[1];
  return [`memfd:${dev}:${ino}`, ...(id === undefined ? [] : [`eventfd:${id}`])];
}

/** Handles hide their numbers, but the kernel tells which of ours is the same object. */
function numberOf(fd: Fd): string {
  const { key } = fd.identity();
  const found = readdirSync('/proc/self/fd').find((number) => {
    try {
      return key !== null && keysOf(number).includes(key);
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error('the fd is not open here');
  return found;
}

export class RawFrontEnd {
  readonly #stream: Stream;
  readonly #fds: Fd[] = [];
  readonly #kicks = new Map<number, Fd>();
  #received = Buffer.alloc(0);
  #closed = false;

  constructor(path: string) {
    this.#stream = must(addon.io.connect(path));
    this.#stream.onReadable(() => this.#read());
  }

  #read(): void {
    const outcome = this.#stream.receive(4096);
    if (outcome.kind === 'data') {
      this.#received = Buffer.concat([this.#received, outcome.data.bytes]);
      for (const fd of outcome.data.fds) fd.close();
    } else if (outcome.kind !== 'would-block') {
      this.#closed = true;
      this.#stream.onReadable(null);
    }
  }

  /** Kept until `close`. */
  memfd(size: bigint): Fd {
    return this.#keep(must(addon.io.memfd('raw-front-end', size)));
  }
  eventfd(): Fd {
    return this.#keep(must(addon.io.eventfd()));
  }
  /** One end of a socket whose other end nobody reads. */
  socket(): Fd {
    const pair = must(addon.io.streamPair());
    pair.stream.close();
    return this.#keep(pair.fd);
  }

  #keep(fd: Fd): Fd {
    this.#fds.push(fd);
    return fd;
  }

  sendBytes(bytes: Uint8Array, fds: readonly Fd[] = []): void {
    this.#stream.send(bytes, fds);
  }
  send(message: RawMessage): void {
    this.sendBytes(encode(message), message.fds);
  }

  /** What comes within `timeoutMs`. */
  async answer(timeoutMs = 2000): Promise<Answer> {
    const deadline = Date.now() + timeoutMs;
    await until(
      'unreachable',
      () => this.#closed || this.#received.length >= 12 || Date.now() > deadline,
      timeoutMs + 1000,
      2,
    );
    if (this.#received.length >= 12) {
      const size = this.#received.readUInt32LE(8);
      const request = this.#received.readUInt32LE(0);
      const body = this.#received.subarray(12, 12 + size);
      this.#received = this.#received.subarray(12 + size);
      return { kind: 'reply', request, body };
    }
    return this.#closed ? { kind: 'closed' } : { kind: 'silence' };
  }

  /** Sends a request that has a u64 for an answer, and gives it. */
  async ask(message: RawMessage): Promise<bigint> {
    this.send(message);
    const answer = await this.answer();
    if (answer.kind !== 'reply' || answer.request !== message.request || answer.body.length !== 8)
      throw new Error(`request ${message.request}: ${JSON.stringify(answer)}`);
    return answer.body.readBigUInt64LE();
  }

  /** A u64 request that must be acknowledged with 0. */
  async must(message: RawMessage): Promise<void> {
    const answer = await this.ask({ ...message, flags: NEED_REPLY });
    if (answer !== 0n) throw new Error(`request ${message.request} was answered ${answer}`);
  }

  /** Owner, protocol features (all offered) and features (VERSION_1, PROTOCOL_FEATURES). */
  async negotiate(): Promise<void> {
    const features = await this.ask({ request: REQUEST.GET_FEATURES });
    const protocol = await this.ask({ request: REQUEST.GET_PROTOCOL_FEATURES });
    this.send({ request: REQUEST.SET_PROTOCOL_FEATURES, body: u64(protocol) });
    this.send({ request: REQUEST.SET_OWNER });
    await this.must({ request: REQUEST.SET_FEATURES, body: u64(features & ((1n << 32n) | (1n << 30n))) });
  }

  /** One region of MEMORY_SIZE at guest address 0. */
  async mapMemory(): Promise<Fd> {
    const fd = this.memfd(MEMORY_SIZE);
    await this.must({ request: REQUEST.SET_MEM_TABLE, body: memTable([{}]), fds: [fd] });
    return fd;
  }

  /** Ring `index` on zeroed memory, started by its kick fd. */
  async startRing(index: number): Promise<void> {
    const base = FRONT_END_BASE + BigInt(index) * 0x1_0000n;
    const send = (request: number, body: Buffer, fds: readonly Fd[] = []): Promise<void> =>
      this.must({ request, body, fds });
    await send(REQUEST.SET_VRING_NUM, u32(index, 64));
    await send(REQUEST.SET_VRING_BASE, u32(index, 0));
    await send(
      REQUEST.SET_VRING_ADDR,
      Buffer.concat([u32(index, 0), u64(base, base + 0x2000n, base + 0x1000n, 0n)]),
    );
    await send(REQUEST.SET_VRING_CALL, u64(BigInt(index)), [this.eventfd()]);
    const kick = this.eventfd();
    this.#kicks.set(index, kick);
    await send(REQUEST.SET_VRING_KICK, u64(BigInt(index)), [kick]);
    await send(REQUEST.SET_VRING_ENABLE, u32(index, 1));
  }

  /** The eventfd that the back-end signals when ring `index` breaks. */
  async setErr(index: number): Promise<Fd> {
    const fd = this.eventfd();
    await this.must({ request: REQUEST.SET_VRING_ERR, body: u64(BigInt(index)), fds: [fd] });
    return fd;
  }

  /** Kicks ring `index`, started by `startRing`. */
  kick(index: number): void {
    const fd = this.#kicks.get(index);
    if (fd !== undefined) addon.io.signal(fd);
  }

  /** What a guest writes into its memory. */
  writeMemory(memory: Fd, offset: number, bytes: Uint8Array): void {
    const file = openSync(`/proc/self/fd/${numberOf(memory)}`, 'r+');
    writeSync(file, bytes, 0, bytes.length, offset);
    closeSync(file);
  }

  /** The eventfd's counter, not read by anybody. */
  eventfdCount(fd: Fd): bigint {
    const info = readFileSync(`/proc/self/fdinfo/${numberOf(fd)}`, 'utf8');
    return BigInt(`0x${/eventfd-count:\s+([0-9a-f]+)/.exec(info)?.[1] ?? '0'}`);
  }

  close(): void {
    this.#stream.close();
    for (const fd of this.#fds.splice(0)) fd.close();
  }
}

export interface RawRegion {
  readonly gpa?: bigint;
  readonly size?: bigint;
  readonly address?: bigint;
  readonly offset?: bigint;
}

export const memRegion = ({ gpa, size, address, offset }: RawRegion): Buffer =>
  u64(gpa ?? 0n, size ?? MEMORY_SIZE, address ?? FRONT_END_BASE, offset ?? 0n);

/** `count`: what the table claims to hold. */
export const memTable = (regions: readonly RawRegion[], count = regions.length): Buffer =>
  Buffer.concat([u32(count, 0), ...regions.map(memRegion)]);
