/** Names of the set bits of a u64, lowest first; a bit without a name is `bit N`. */
export function formatBits(bits: bigint, names: Readonly<Record<string, number>>): readonly string[] {
  const byNumber = new Map(Object.entries(names).map(([name, bit]) => [bit, name]));
  const set: string[] = [];
  for (let rest = bits, bit = 0; rest !== 0n; rest >>= 1n, bit++)
    if ((rest & 1n) === 1n) set.push(byNumber.get(bit) ?? `bit ${bit}`);
  return set;
}

/** A u64 of feature bits as shown and logged: `0x…`, no padding. */
export function formatHex(bits: bigint): string {
  return `0x${bits.toString(16)}`;
}
