/** The value that a `fraction` (0…1) of `values` do not exceed; null of nothing. */
export function quantile(values: readonly number[], fraction: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] ?? null;
}
