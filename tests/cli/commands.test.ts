import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runProgram } from '../../app/cli/program.ts';
import { openControlDoor } from '../../app/doors/control.ts';
import type { Door } from '../../app/doors/door.ts';
import { EngineService } from '../../main/service/service.ts';
import { FakeEngine, fakeQueue, fakeSession } from '../../main/service/testing/fake-engine.ts';

const Q1 = { session: 'vm0', index: 1 };

let place: string;
let control: string;
let engine: FakeEngine;
let door: Door;

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'doorbell-cli-'));
  control = join(place, 'control.sock');
  engine = new FakeEngine([
    fakeSession('vm0'),
    fakeSession('idle', {
      state: 'waiting',
      mac: '52:54:00:00:01:0f',
      peer: null,
      features: null,
      queues: [fakeQueue(0, { started: false, phase: 'down', size: null, evidence: 0 })],
    }),
  ]);
  const service = new EngineService({ engine, version: '0', pid: 1, startedAt: 0, end: () => engine.end() });
  const opened = await openControlDoor({ service, path: control, uid: process.getuid?.() ?? 0 });
  if (!opened.ok) throw new Error(opened.error.message);
  door = opened.value;
});

afterEach(async () => {
  await door.close();
  await rm(place, { recursive: true });
});

const noEngine = (): Promise<never> => Promise.reject(new Error('no engine in this test'));

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(...args: readonly string[]): Promise<Run> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runProgram(
    args,
    { out: (line) => out.push(line), error: (line) => err.push(line) },
    { serve: noEngine, lab: noEngine, check: noEngine, vmm: noEngine },
  );
  return { code, out: out.join('\n'), err: err.join('\n') };
}

const set = (...args: readonly string[]): Promise<Run> => run('queue', 'set', ...args, '--control', control);

describe('queue set', () => {
  test('of a queue that is mapped exits 0 and says how notifications travel', async () => {
    const { code, out } = await set('vm0', '1', 'accelerated', '--wait', '2');
    expect(code).toBe(0);
    expect(out).toContain('vm0 queue 1 (tx): ACC, evidence 1.');
  });

  test('of a queue that fell back exits 3 with reason and remedy on stderr', async () => {
    engine.answer = () => ({ kind: 'refuse', code: 'page-refused' });
    const { code, out, err } = await set('vm0', '1', 'accelerated', '--wait', '2');
    expect([code, out]).toEqual([3, '']);
    expect(err).toContain('vm0 queue 1 (tx) fell back to relay. page-refused:');
    expect(err).toContain('page-per-vq=on');
  });

  test('of a queue that never answers exits 4 at the time given', async () => {
    engine.answer = () => ({ kind: 'silence' });
    const before = Date.now();
    const { code, err } = await set('vm0', '1', 'accelerated', '--wait', '0.2');
    expect(code).toBe(4);
    expect(err).toContain('not accelerated yet: ARMING 2/3');
    expect(Date.now() - before).toBeGreaterThanOrEqual(200);
  });

  test('that waits hears of a late success', async () => {
    engine.answer = () => ({ kind: 'silence' });
    const call = set('vm0', '1', 'accelerated', '--wait', '5');
    while (engine.session('vm0')?.queues[1]?.phase !== 'arming') await new Promise((r) => setTimeout(r, 1));
    engine.patchQueue(Q1, { phase: 'mapped', step: null, evidence: 1, accelerator: 'sim0' }, 'answer 0');
    expect((await call).code).toBe(0);
  });

  test('mapped with evidence 0 is not yet as desired', async () => {
    engine.answer = () => ({ kind: 'silence' });
    const call = set('vm0', '1', 'accelerated', '--wait', '0.3');
    while (engine.session('vm0')?.queues[1]?.phase !== 'arming') await new Promise((r) => setTimeout(r, 1));
    engine.patchQueue(Q1, { phase: 'mapped', step: null, evidence: 0, accelerator: 'sim0' }, 'kept');
    expect((await call).code).toBe(4);
  });

  test('as a retry does not take the old reason for the new outcome', async () => {
    engine.answer = () => ({ kind: 'refuse', code: 'page-refused' });
    await set('vm0', '1', 'accelerated', '--wait', '2');
    engine.answer = () => ({ kind: 'map' });
    expect((await set('vm0', '1', 'accelerated', '--wait', '2')).code).toBe(0);
  });

  test('as a retry that fails again exits 3', async () => {
    engine.answer = () => ({ kind: 'refuse', code: 'page-refused' });
    await set('vm0', '1', 'accelerated', '--wait', '2');
    expect((await set('vm0', '1', 'accelerated', '--wait', '2')).code).toBe(3);
  });

  test('to software exits 0 when the engine serves the ring', async () => {
    await set('vm0', '1', 'accelerated');
    expect((await set('vm0', '1', 'software', '--wait', '2')).code).toBe(0);
    expect(engine.session('vm0')?.queues[1]?.phase).toBe('software');
  });

  test('of a queue that is not started is accepted without --wait', async () => {
    const { code, out } = await set('idle', '0', 'accelerated');
    expect(code).toBe(0);
    expect(out).toContain('not started yet');
    expect(engine.session('idle')?.queues[0]?.desired).toBe('accelerated');
  });

  test('of a queue that is not started waits with --wait, and times out', async () => {
    const { code, err } = await set('idle', '0', 'accelerated', '--wait', '0.1');
    expect(code).toBe(4);
    expect(err).toContain('not started');
  });

  test('of a range and of all sets each queue', async () => {
    expect((await set('vm0', '0-1', 'accelerated', '--wait', '2')).code).toBe(0);
    expect(engine.session('vm0')?.queues.map((queue) => queue.phase)).toEqual(['mapped', 'mapped']);
    expect((await set('vm0', 'all', 'software', '--wait', '2')).code).toBe(0);
    expect(engine.session('vm0')?.queues.map((queue) => queue.phase)).toEqual(['software', 'software']);
  });

  test('of several queues of which one fell back exits 3', async () => {
    engine.answer = ({ index }) =>
      index === 0 ? { kind: 'map' } : { kind: 'refuse', code: 'bit-not-negotiated' };
    const { code, out, err } = await set('vm0', 'all', 'accelerated', '--wait', '2');
    expect(code).toBe(3);
    expect([out, err].join()).toMatch(/queue 0 .*ACC[^]*queue 1 .*bit-not-negotiated/);
  });

  test('with --on waits for that accelerator', async () => {
    expect((await set('vm0', '1', 'accelerated', '--on', 'sim0', '--wait', '2')).code).toBe(0);
  });

  test.each([
    ['an unknown session', ['vmX', '1', 'accelerated'], 'vmX'],
    ['an index that the session lacks', ['vm0', '7', 'accelerated'], 'no queue 7'],
    ['a range that leaves the session', ['vm0', '0-7', 'accelerated'], 'no queue 2'],
    ['an index that is none', ['vm0', 'first', 'accelerated'], 'no queue index'],
    ['a range that runs backwards', ['vm0', '3-1', 'accelerated'], 'no queue index'],
    ['a word that is nothing to desire', ['vm0', '1', 'fast'], 'accelerated or software'],
    ['an unknown accelerator', ['vm0', '1', 'accelerated', '--on', 'gpu'], 'gpu'],
    ['a wait that is no number', ['vm0', '1', 'accelerated', '--wait', 'long'], '--wait long'],
    ['a negative wait', ['vm0', '1', 'accelerated', '--wait=-1'], '--wait'],
    ['a missing argument', ['vm0', '1'], 'missing required argument'],
    ['a surplus argument', ['vm0', '1', 'software', 'now'], 'too many arguments'],
    ['an unknown option', ['vm0', '1', 'software', '--force'], '--force'],
  ])('with %s exits 2, says so and changes nothing', async (_name, args, message) => {
    const before = JSON.stringify(
      engine.sessions().map((session) => session.queues.map((queue) => queue.phase)),
    );
    const { code, err } = await set(...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(
      JSON.stringify(engine.sessions().map((session) => session.queues.map((queue) => queue.phase))),
    ).toBe(before);
  });

  test('without an engine exits 1 and says how to start one', async () => {
    const { code, err } = await run('queue', 'set', 'vm0', '1', 'software', '--control', join(place, 'none'));
    expect(code).toBe(1);
    expect(err).toContain('doorbell serve');
  });

  test('while the engine ends exits 1', async () => {
    engine.answer = () => ({ kind: 'silence' });
    const call = set('vm0', '1', 'accelerated', '--wait', '30');
    while (engine.session('vm0')?.queues[1]?.phase !== 'arming') await new Promise((r) => setTimeout(r, 1));
    await door.close();
    expect((await call).code).toBe(1);
  });
});

describe('status', () => {
  test('--json has exactly the documented fields', async () => {
    engine.patchQueue(
      Q1,
      {
        phase: 'relay',
        desired: 'accelerated',
        accelerator: 'sim0',
        reason: { code: 'page-refused', message: 'Refused.', at: 5 },
        group: { id: '7', holders: 2, sent: false },
        notifyRegion: { mapped: false, offset: '0x3000', size: '0x1000' },
      },
      'x',
    );
    const { code, out } = await run('status', '--json', '--control', control);
    expect(code).toBe(0);
    const parsed: unknown = JSON.parse(out);
    expect(parsed).toMatchObject({
      sessions: [{ name: 'vm0' }, { name: 'idle' }],
      accelerators: [{ id: 'sim0' }],
    });
    const { sessions } = parsed as { sessions: { queues: unknown[] }[] };
    expect({ ...sessions[0], queues: [sessions[0]?.queues[1]] }).toEqual({
      name: 'vm0',
      state: 'connected',
      dialect: 'upstream',
      peer: { pid: 4121 },
      features: { virtio: '0x170000000', protocol: '0xc28' },
      mac: null,
      uplink: null,
      queues: [
        {
          index: 1,
          role: 'tx',
          size: 256,
          started: true,
          desired: 'accelerated',
          phase: 'relay',
          step: null,
          notify: 'relay',
          interrupt: 'direct',
          evidence: 1,
          interruptEvidence: 1,
          generation: 1,
          reason: { code: 'page-refused', message: 'Refused.' },
          accelerator: 'sim0',
          group: { id: '7', holders: 2, sent: false },
          notifyRegion: { mapped: false, offset: '0x3000', size: '0x1000' },
          counters: {
            kicks: 0,
            doorbells: null,
            interrupts: null,
            calls: 0,
            engineDescriptors: 0,
            deviceDescriptors: null,
          },
        },
      ],
    });
    expect(sessions[1]).toMatchObject({ state: 'waiting', peer: null, features: null });
  });

  test('as a table shows state, unknown counters as a dash and the accelerators', async () => {
    const { code, out } = await run('status', '--control', control);
    expect(code).toBe(0);
    expect(out).toMatch(/vm0 {2}connected · .*vm0\.sock · upstream · pid 4121/);
    expect(out).toMatch(/1 +tx +256 +software +SW +●○○ +none +unmapped +0 +— +0 +—/);
    expect(out).toContain('idle.sock · upstream · guest 52:54:00:00:01:0f');
    expect(out).toContain('sim0  emulated · usable');
  });
});

describe('help', () => {
  test.each([[[]], [['serve']], [['lab']], [['status']], [['queue']], [['queue', 'set']]])(
    '%j --help exits 0',
    async (command) => {
      const { code, out } = await run(...command, '--help');
      expect(code).toBe(0);
      expect(out).toContain('Usage: doorbell');
    },
  );

  test('no command at all exits 2 with the help', async () => {
    const { code, err } = await run();
    expect(code).toBe(2);
    expect(err).toContain('serve');
  });

  test('an unknown command exits 2', async () => {
    expect((await run('sevre')).code).toBe(2);
  });
});
