/**
 * Fixed-layout fields in the byte order of this machine: vhost-user is spoken between processes of one host,
 * and its integers are native (spec "Message Specification"). Fields are packed, so nothing here is aligned.
 *
 * A reader is only made over a body whose size was checked against its row; reading past the end is a bug.
 */
export const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export class FieldReader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = view(bytes);
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), LITTLE_ENDIAN);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), LITTLE_ENDIAN);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), LITTLE_ENDIAN);
  }

  /** A copy: the body's buffer belongs to whoever received it. */
  bytes(count: number): Uint8Array {
    const from = this.#advance(count);
    return this.#bytes.slice(from, from + count);
  }

  skip(count: number): void {
    this.#advance(count);
  }

  #advance(count: number): number {
    const from = this.#at;
    this.#at += count;
    return from;
  }
}

/** Writes the fields of a payload whose size is known; what is not written stays zero. */
export class FieldWriter {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
    this.#view = view(this.#bytes);
  }

  u8(value: number): this {
    this.#view.setUint8(this.#advance(1), value);
    return this;
  }

  u16(value: number): this {
    this.#view.setUint16(this.#advance(2), value, LITTLE_ENDIAN);
    return this;
  }

  u32(value: number): this {
    this.#view.setUint32(this.#advance(4), value, LITTLE_ENDIAN);
    return this;
  }

  u64(value: bigint): this {
    this.#view.setBigUint64(this.#advance(8), value, LITTLE_ENDIAN);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#bytes.set(value, this.#advance(value.byteLength));
    return this;
  }

  skip(count: number): this {
    this.#advance(count);
    return this;
  }

  done(): Uint8Array {
    return this.#bytes;
  }

  #advance(count: number): number {
    const from = this.#at;
    this.#at += count;
    return from;
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
