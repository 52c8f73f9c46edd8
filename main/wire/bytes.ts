/**
 * Fixed-layout fields in the byte order of this machine: vhost-user is spoken between processes of one host,
 * and its integers are native (spec "Message Specification"). Fields are packed, so nothing here is aligned.
 *
 * A reader is only made over a body whose size was checked against its row; reading past the end is a bug.
 *
 * Fields go through one aligned word of eight bytes rather than through a DataView of the body: a small array
 * lives in the heap of the JavaScript engine until somebody asks for its buffer, and that move costs more than
 * all else that is done for a message.
 */
const word = new ArrayBuffer(8);
const wordBytes = new Uint8Array(word);
const words16 = new Uint16Array(word);
const words32 = new Uint32Array(word);
const words64 = new BigUint64Array(word);

export class FieldReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  u8(): number {
    this.#load(1);
    return wordBytes[0] ?? 0;
  }

  u16(): number {
    this.#load(2);
    return words16[0] ?? 0;
  }

  u32(): number {
    this.#load(4);
    return words32[0] ?? 0;
  }

  u64(): bigint {
    this.#load(8);
    return words64[0] ?? 0n;
  }

  /** A copy: the body's buffer belongs to whoever received it. */
  bytes(count: number): Uint8Array {
    const from = this.#at;
    this.#at += count;
    return this.#bytes.slice(from, this.#at);
  }

  skip(count: number): void {
    this.#at += count;
  }

  #load(count: number): void {
    for (let i = 0; i < count; i++) wordBytes[i] = this.#next();
  }

  #next(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError('A field beyond the end of its body');
    return byte;
  }
}

/** Writes the fields of a payload whose size is known; what is not written stays zero. */
export class FieldWriter {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
  }

  u8(value: number): this {
    wordBytes[0] = value;
    return this.#store(1);
  }

  u16(value: number): this {
    words16[0] = value;
    return this.#store(2);
  }

  u32(value: number): this {
    words32[0] = value;
    return this.#store(4);
  }

  u64(value: bigint): this {
    words64[0] = value;
    return this.#store(8);
  }

  bytes(value: Uint8Array): this {
    this.#bytes.set(value, this.#at);
    this.#at += value.byteLength;
    return this;
  }

  skip(count: number): this {
    this.#at += count;
    return this;
  }

  done(): Uint8Array {
    return this.#bytes;
  }

  #store(count: number): this {
    if (this.#at + count > this.#bytes.byteLength)
      throw new RangeError('A field beyond the end of its payload');
    for (let i = 0; i < count; i++) this.#bytes[this.#at++] = wordBytes[i] ?? 0;
    return this;
  }
}

/** The u64 at the start of `bytes`, or null where there are fewer than 8. */
export function peekU64(bytes: Uint8Array): bigint | null {
  return bytes.byteLength < 8 ? null : new FieldReader(bytes).u64();
}
/** The u32 at the start of `bytes`, or null where there are fewer than 4. */
export function peekU32(bytes: Uint8Array): number | null {
  return bytes.byteLength < 4 ? null : new FieldReader(bytes).u32();
}
