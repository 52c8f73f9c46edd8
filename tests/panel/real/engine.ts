/** A real engine with a real front-end in a process of its own, behind the real web door. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { startEngine } from '../../../app/compose/engine.ts';
import { endpointOptions } from '../../../app/compose/options.ts';
import { openWebDoor } from '../../../app/doors/web.ts';
import { PANEL_ROOT } from '../build-panel.ts';
import type { FrontEndOptions, Received } from './front-end.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

export interface RealEngine extends AsyncDisposable {
  /** Of the panel, token included. */
  readonly url: string;
  /** Bytes that the back-end has sent to the front-end so far. */
  received(): Promise<number>;
}

async function startFrontEnd(folder: string, socket: string): Promise<ChildProcess> {
  const script = join(folder, 'front-end.mjs');
  await build({
    entryPoints: [join(ROOT, 'tests/panel/real/front-end.ts')],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  const frontEnd = fork(script, { serialization: 'json' });
  frontEnd.send({ root: ROOT, socket } satisfies FrontEndOptions);
  return frontEnd;
}

/** One VM, `vm`, of four queues, all wanted on the emulated accelerator; its guest pings all the while. */
export async function startRealEngine(): Promise<RealEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'doorbell-panel-'));
  const path = join(folder, 'vm.sock');
  const engine = await startEngine({
    endpoints: [endpointOptions({ name: 'vm', path, desired: 'accelerated', queuePairs: 2 })],
    accelerators: [{ kind: 'emulated', id: 'emulated0' }],
  });
  if (!engine.ok) throw new Error(engine.error.message);
  const door = await openWebDoor({ service: engine.value.service, port: 0, panelRoot: PANEL_ROOT });
  if (!door.ok) throw new Error(door.error.message);
  const frontEnd = await startFrontEnd(folder, path);
  return {
    url: door.value.url,
    async received() {
      const answer = once(frontEnd, 'message');
      frontEnd.send('how much');
      const [{ bytes }] = (await answer) as [Received];
      return bytes;
    },
    async [Symbol.asyncDispose]() {
      frontEnd.kill('SIGKILL');
      await door.value.close();
      await engine.value.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
