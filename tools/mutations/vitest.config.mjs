// The unit tests with one fault of DOORBELL_FAULT in the sources, as vitest loads them.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { FAULTS } from './faults.mjs';

const root = resolve(import.meta.dirname, '../..');
const fault = FAULTS.find(({ name }) => name === process.env.DOORBELL_FAULT);
if (fault === undefined) throw new Error(`no fault is called ${process.env.DOORBELL_FAULT}`);

export default defineConfig({
  root,
  plugins: [
    {
      name: 'fault',
      enforce: 'pre',
      load: (id) =>
        id === join(root, fault.file)
          ? readFileSync(id, 'utf8').replace(fault.from, () => fault.to)
          : undefined,
    },
  ],
  test: { include: ['main/**/*.test.ts'], pool: 'forks' },
});
