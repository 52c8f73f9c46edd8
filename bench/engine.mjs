// Our back-end as an operator runs it: `doorbell serve`, all of its threads on CPU 1.
import { join, resolve } from 'node:path';

const CLI = resolve(import.meta.dirname, '../dist/cli.mjs');

/** Starts an engine with one endpoint per name; resolves when it listens. */
export async function serve(leg, names = ['vm0'], more = []) {
  const sockets = names.map((name) => leg.path(`${name}.sock`));
  const child = leg.start('taskset', [
    '-c',
    '1',
    process.execPath,
    CLI,
    'serve',
    ...sockets.flatMap((socket) => ['--listen', socket]),
    '--control',
    join(leg.folder, 'private/control.sock'),
    '--json',
    ...more,
  ]);
  await child.saw(/^\{"event":"ready".*$/m);
  return { child, sockets, control: join(leg.folder, 'private/control.sock') };
}

/** Virtio feature bits that the front-end of a session acknowledged. */
export async function acknowledged(engine) {
  const [line] = await engine.child.saw(/^\{"event":"session".*"features":\{"virtio":"0x.*$/m);
  return BigInt(JSON.parse(line).session.features.virtio);
}
