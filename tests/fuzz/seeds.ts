/** Seeds: whole messages as hex, one a line, `#` begins a comment; what real front-ends and back-ends send. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const HEX = /^[0-9a-f]+$/;

export function readSeeds(folder: string, channel: 'frontend' | 'backend'): readonly Uint8Array[] {
  const lines = readFileSync(join(folder, `${channel}-channel.txt`), 'utf8').split('\n');
  const seeds = lines.map((line) => line.replace(/#.*/, '').trim()).filter((line) => line !== '');
  const odd = seeds.find((line) => !HEX.test(line) || line.length % 2 !== 0);
  if (odd !== undefined || seeds.length === 0)
    throw new Error(`seeds of the ${channel} channel: ${odd ?? 'none'}`);
  return seeds.map((line) => Uint8Array.from(Buffer.from(line, 'hex')));
}
