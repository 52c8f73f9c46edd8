// The engine without a window, as `doorbell serve` runs it; the panel is a URL.
import { join, resolve } from 'node:path';
import { runtimeDirectory } from './engine-place.mjs';
import { run } from '../process-group.mjs';

const root = resolve(import.meta.dirname, '../..');

/** @returns {Promise<{url: string, ended: Promise<void>}>} */
export function startHeadless() {
  return new Promise((resolveReady, reject) => {
    let text = '';
    let isReady = false;
    const listen = `${join(runtimeDirectory(), 'vm0.sock')},name=vm0`;
    const ended = run(
      process.execPath,
      ['dist/cli.mjs', 'serve', '--lab', '--listen', listen, '--http', '0', '--json'],
      {
        cwd: root,
        onOutput(chunk) {
          if (isReady) return;
          text += chunk;
          const line = text.split('\n').find((candidate) => candidate.startsWith('{"event":"ready"'));
          if (line === undefined) return;
          isReady = true;
          resolveReady({ url: JSON.parse(line).url, ended });
        },
      },
    ).then(({ output }) => {
      if (!isReady) reject(new Error(output.trim() || 'the engine did not start'));
    });
  });
}
