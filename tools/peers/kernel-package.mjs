// A Debian kernel, downloaded as a package and unpacked without installing it.
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../process-group.mjs';

/** The output of a command that went well; throws with its last words otherwise. */
export const must = ({ code, output }, what) => {
  if (code !== 0) throw new Error(`${what}: ${output.trim().split('\n').slice(-3).join(' | ')}`);
  return output;
};

async function download(name, folder) {
  const asRoot = process.getuid?.() === 0;
  const options = asRoot ? ['-o', 'APT::Sandbox::User=root'] : [];
  const fetch = () => run('apt-get', [...options, 'download', name], { cwd: folder, timeoutSeconds: 600 });
  let got = await fetch();
  if (got.code !== 0 && asRoot) {
    await run('apt-get', ['update', '-q'], { timeoutSeconds: 300 });
    got = await fetch();
  }
  must(got, 'apt-get download');
}

/**
 * Downloads once, then reuses. Throws with the cause where the download is impossible.
 * @template T
 * @param {string} cache
 * @param {{
 *   found: (folder: string) => T | undefined,
 *   name: () => Promise<string>,
 *   collect: (from: {image: string, modules: string}, into: string) => Promise<void>,
 * }} kernel `found` knows a folder that `collect` filled; `name` is the package, asked for only when needed
 * @returns {Promise<T>}
 */
export async function unpackKernel(cache, kernel, log) {
  mkdirSync(cache, { recursive: true });
  for (const entry of readdirSync(cache)) {
    const reused = entry.startsWith('linux-image-') ? kernel.found(join(cache, entry)) : undefined;
    if (reused !== undefined) return reused;
  }
  const name = await kernel.name();
  const scratch = join(cache, `scratch-${process.pid}`);
  mkdirSync(scratch, { recursive: true });
  try {
    log(`downloading ${name}`);
    await download(name, scratch);
    const archive = readdirSync(scratch).find((file) => file.endsWith('.deb'));
    must(await run('dpkg', ['-x', archive, 'tree'], { cwd: scratch }), 'dpkg -x');
    const release = name.slice('linux-image-'.length);
    const ready = join(scratch, 'ready');
    mkdirSync(ready);
    const from = {
      image: join(scratch, 'tree/boot', `vmlinuz-${release}`),
      modules: join(scratch, 'tree/lib/modules', release, 'kernel'),
    };
    await kernel.collect(from, ready);
    const folder = join(cache, name);
    rmSync(folder, { recursive: true, force: true });
    renameSync(ready, folder);
    return kernel.found(folder);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
