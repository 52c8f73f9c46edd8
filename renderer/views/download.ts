/** Hands a text to the operator as a file. Both shells do the same with such a link. */
const KEEP_MS = 10_000;

export function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/x-ndjson' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads it after this returns.
  setTimeout(() => URL.revokeObjectURL(address), KEEP_MS);
}
