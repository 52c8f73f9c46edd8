// What the addon and the code that loads it were both built from: whoever has one of the two from before is told so.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

/** Of the typed surface as it is now, whatever is said beside it. */
export function surfaceId() {
  const source = readFileSync(join(root, 'main/addon/surface.ts'), 'utf8');
  const code = source.replaceAll(/\/\*.*?\*\/|\/\/[^\n]*|\s+/gs, '');
  return createHash('sha256').update(code).digest('hex').slice(0, 16);
}
