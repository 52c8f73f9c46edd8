/**
 * docs/protocol/sequences.md: what a front-end and this engine say to each other, recorded on a real socket between
 * them (`npx vitest run tests/docs -u` writes it; a run that says anything else fails).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEngine } from '../../app/compose/engine.ts';
import { endpointOptions } from '../../app/compose/options.ts';
import type { RunningEngine } from '../../app/compose/running-engine.ts';
import type { QueueSnapshot } from '../../app/contract/snapshot.ts';
import { loadAddon } from '../../main/addon/load.ts';
import { NO_FAULTS } from '../../main/vmm/faults.ts';
import { Vmm } from '../../main/vmm/vmm.ts';
import { DIALECTS, type Dialect } from '../../main/wire/dialect.ts';
import { diagram } from './recording/diagram.ts';
import { Recorder } from './recording/recorder.ts';

const QUEUE = 1;
const DEADLINE_MS = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'doorbell-sequences-'));
const socketOf = (dialect: Dialect): string => join(folder, `${dialect}.sock`);
let engine: RunningEngine;

beforeAll(async () => {
  const started = await startEngine({
    endpoints: DIALECTS.map((dialect) =>
      endpointOptions({ name: dialect, path: socketOf(dialect), dialect, simulated: true }),
    ),
    accelerators: [{ kind: 'emulated', id: 'emulated0' }],
  });
  if (!started.ok) throw new Error(started.error.message);
  engine = started.value;
});
afterAll(async () => {
  await engine.end();
  rmSync(folder, { recursive: true });
});

/** Waits until queue 1 is so; the engine is idle but for what is recorded. */
async function untilQueue(dialect: Dialect, is: (queue: QueueSnapshot) => boolean): Promise<void> {
  const client = engine.service.connect();
  try {
    for (const end = Date.now() + DEADLINE_MS; Date.now() < end;) {
      const status = await client.call('status.get', {});
      const session = status.ok ? status.value.sessions.find(({ name }) => name === dialect) : undefined;
      const queue = session?.queues[QUEUE];
      if (queue !== undefined && is(queue)) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`queue ${QUEUE} of ${dialect} never was so`);
  } finally {
    client.dispose();
  }
}

async function want(dialect: Dialect, desired: 'software' | 'accelerated'): Promise<void> {
  const client = engine.service.connect();
  const set = await client.call('queue.set', { session: dialect, index: QUEUE, desired, accelerator: null });
  client.dispose();
  if (!set.ok) throw new Error(set.error.message);
}

/** The last word of each part: nothing more is said until the test goes on. */
const LAST: Readonly<
  Record<
    Dialect,
    { readonly start: string; readonly mapped: string; readonly removed: string; readonly refused: number }
  >
> = {
  upstream: {
    start: 'SET_STATUS',
    mapped: 'BACKEND_VRING_HOST_NOTIFIER_MSG reply',
    removed: 'BACKEND_VRING_HOST_NOTIFIER_MSG reply',
    refused: 1,
  },
  rfc2018: {
    start: `SET_VRING_CALL (queue ${QUEUE})`,
    mapped: 'VRING_NOTIFY_AREA_MSG reply',
    removed: 'VRING_VFIO_GROUP_MSG reply',
    refused: 2,
  },
};

function must(result: { readonly ok: boolean; readonly error?: { readonly message: string } }): void {
  if (!result.ok) throw new Error(result.error?.message ?? 'failed');
}

async function recorded(dialect: Dialect): Promise<readonly string[]> {
  const addon = loadAddon();
  const place = join(folder, `${dialect}-recorder.sock`);
  const last = LAST[dialect];
  const recorder = new Recorder(addon.io, place, socketOf(dialect), dialect);
  const vmm = new Vmm(addon, { name: 'vm', dialect });
  vmm.onEvent((event) => {
    if (event.kind === 'notify-mapped') recorder.note('front-end', `maps the page of queue ${event.queue}`);
    if (event.kind === 'notify-unmapped')
      recorder.note('front-end', `unmaps the page of queue ${event.queue}`);
    if (event.kind === 'group-held') recorder.note('front-end', `holds the group of queue ${event.queue}`);
    if (event.kind === 'group-released')
      recorder.note('front-end', `lets go of the group of queue ${event.queue}`);
  });
  const part = (title: string, text: string): readonly string[] => [
    `### ${title}`,
    '',
    text,
    '',
    ...diagram(recorder.take()),
    '',
  ];
  const startsSaid = dialect === 'upstream' ? 1 : 2;
  const lines: string[] = [];
  try {
    must(await vmm.connect(place));
    lines.push(
      ...part(
        'Connect',
        'Features first, then the channel for requests of the back-end. Rings exist, and are stopped.',
      ),
    );
    must(await vmm.start());
    await recorder.until(last.start, startsSaid);
    await untilQueue(dialect, ({ phase }) => phase === 'software');
    lines.push(
      ...part('Start', 'The driver of the guest is ready: memory, then each ring. The engine serves them.'),
    );
    await want(dialect, 'accelerated');
    await untilQueue(dialect, ({ phase }) => phase === 'mapped');
    lines.push(
      ...part(
        'Arm',
        'Queue 1 is wanted accelerated. The accelerator has its ring by now; the guest still kicks.',
      ),
    );
    await want(dialect, 'software');
    await recorder.until(last.removed);
    await untilQueue(dialect, ({ phase }) => phase === 'software');
    lines.push(
      ...part('Withdraw', 'Queue 1 is wanted in software again: the page goes, then the ring comes back.'),
    );
    vmm.setFaults({ ...NO_FAULTS, refuseNotify: 1 });
    await want(dialect, 'accelerated');
    await recorder.until(last.removed, last.refused);
    await untilQueue(dialect, ({ reason }) => reason !== null);
    lines.push(
      ...part(
        'Refuse',
        'A front-end that cannot map the page says so by any value but 0; the queue goes on by eventfd.',
      ),
    );
    await want(dialect, 'software');
    await untilQueue(dialect, ({ phase }) => phase === 'software');
    vmm.setFaults(NO_FAULTS);
    await want(dialect, 'accelerated');
    await untilQueue(dialect, ({ phase }) => phase === 'mapped');
    recorder.take();
    must(await vmm.stop());
    lines.push(
      ...part('Stop', 'A stop ends the life of the mapping, its generation. Nothing rings a stopped ring.'),
    );
    recorder.hold();
    must(await vmm.start());
    await recorder.until(last.start);
    recorder.release();
    await recorder.until(last.mapped);
    await untilQueue(dialect, ({ phase }) => phase === 'mapped');
    lines.push(...part('Start again', 'What is still wanted is armed again, after each start.'));
    vmm.disconnect();
    await untilQueue(dialect, ({ phase }) => phase === 'down');
    lines.push(
      ...part(
        'Disconnect',
        'The end of the connection ends all that belonged to it, on both sides, without a word.',
      ),
    );
    recorder.hold();
    must(await vmm.connect(place));
    must(await vmm.start());
    await recorder.until(last.start, startsSaid);
    recorder.release();
    await recorder.until(last.mapped);
    await untilQueue(dialect, ({ phase }) => phase === 'mapped');
    lines.push(
      ...part('Reconnect', 'Everything is negotiated anew. What is desired of a queue outlives connections.'),
    );
    lines.push(...(await migration(dialect, vmm, recorder, part)));
  } finally {
    vmm.close();
    recorder.close();
  }
  return lines;
}

/** Queue 1 is mapped before; afterwards the guest stands still. */
async function migration(
  dialect: Dialect,
  vmm: Vmm,
  recorder: Recorder,
  part: (title: string, text: string) => readonly string[],
): Promise<readonly string[]> {
  const last = LAST[dialect];
  const begin = async (): Promise<void> => {
    recorder.hold();
    must(await vmm.startLogging());
    recorder.release();
    await recorder.until(last.mapped);
    await untilQueue(dialect, ({ phase }) => phase === 'software');
  };
  await begin();
  if (vmm.dirtyPages().length === 0) throw new Error('no page is dirty');
  recorder.note('front-end', 'reads and clears the bitmap, round by round');
  const begun = part(
    'Migrate',
    'The front-end shares a bitmap and wants every page marked. Before the answer to `SET_FEATURES` the engine has the ring of queue 1 back from its accelerator, which cannot mark; then the page goes.',
  );
  recorder.hold();
  must(await vmm.stopLogging());
  await recorder.until(`SET_VRING_ADDR (queue ${QUEUE})`);
  recorder.release();
  await recorder.until(last.mapped);
  await untilQueue(dialect, ({ phase }) => phase === 'mapped');
  const givenUp = part(
    'Give the migration up',
    'Nothing is marked any more, and what is still wanted is armed again.',
  );
  await begin();
  recorder.take();
  must(await vmm.stop());
  const handedOver = part(
    'Migrate to the end',
    'The guest stands still; the indices of its rings go to the target with the last pages. There the same is said as in Connect and Start, with these indices.',
  );
  return [...begun, ...givenUp, ...handedOver];
}

test('docs/protocol/sequences.md shows what is really said', { timeout: 120_000 }, async () => {
  const parts: string[] = [];
  for (const dialect of DIALECTS) parts.push(`## Dialect ${dialect}`, '', ...(await recorded(dialect)));
  const page = [
    '# Who says what, and when',
    '',
    'Recorded between `main/vmm` (profile QEMU, one queue pair) and the engine on a real socket, and written by `tests/docs/sequences.test.ts`. Dashed arrows are replies; on the channel of `SET_BACKEND_REQ_FD` it is the back-end that asks. The two channels have no order between them: what the back-end asks during a sequence of the front-end is passed on, and shown, after it.',
    '',
    ...parts,
  ].join('\n');
  await expect(page).toMatchFileSnapshot('../../docs/protocol/sequences.md');
});
