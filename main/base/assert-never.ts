/** Ends every switch over a closed union; reaching it is a bug in this program, never a peer's doing. */
export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
