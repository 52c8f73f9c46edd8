const BITS = 64;
const masks = Array.from({ length: BITS }, (_, number) => 1n << BigInt(number));

/** The mask of one bit of a u64, made once: shifting a big integer costs more than all else that a look at a bit does. */
export function maskOf(bit: number): bigint {
  return masks[bit] ?? 0n;
}
