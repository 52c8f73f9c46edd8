/** Lane and verdict from what a real engine holds after a real front-end mapped, refused or ignored its pages. */
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEngine } from '../../app/compose/engine.ts';
import { endpointOptions } from '../../app/compose/options.ts';
import { describe as describeQueue } from '../../app/contract/describe.ts';
import type { SessionSnapshot } from '../../app/contract/snapshot.ts';
import type { PageFault } from '../../main/lab/faulty-accelerator.ts';
import { NO_FAULTS, type FaultProfile } from '../../main/vmm/faults.ts';
import { protocolMask } from '../../main/wire/protocol-features.ts';
import { explain } from '../../renderer/format/notify/explain.ts';
import { factsOf, type NotifyFacts } from '../../renderer/format/notify/facts.ts';
import { laneOf } from '../../renderer/format/notify/lane-of.ts';

import type { FrontEndOptions, FrontEndOrder } from './front-end-process.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const DEADLINE_MS = 20_000;

interface Scenario {
  readonly faults?: FaultProfile;
  readonly protocolFeatures?: bigint;
  readonly pageFault?: PageFault;
  /** The front-end is not known to be ours, so its refusals are explained as a stranger's. */
  readonly foreign?: boolean;
  /** Once, when q1 is mapped and seen in the maps. */
  readonly whenSeen?: FrontEndOrder;
  /** Once, when the page of q1 was offered and is not answered. */
  readonly whenOffered?: FrontEndOrder;
}

let script: string;
beforeAll(async () => {
  script = join(await mkdtemp(join(tmpdir(), 'doorbell-front-end-')), 'front-end.mjs');
  await build({
    entryPoints: [join(ROOT, 'tests/lab/front-end-process.ts')],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
});
afterAll(() => rm(dirname(script), { recursive: true, force: true }));

/** The facts of q1 once `reached`; the guest sends all the while. */
async function factsOfQ1(scenario: Scenario, reached: (facts: NotifyFacts) => boolean): Promise<NotifyFacts> {
  const folder = await mkdtemp(join(tmpdir(), 'doorbell-path-'));
  const path = join(folder, 'vm.sock');
  const { pageFault, foreign = false, faults, protocolFeatures } = scenario;
  const engine = await startEngine({
    endpoints: [endpointOptions({ name: 'vm', path, desired: 'accelerated', simulated: !foreign })],
    accelerators: [{ kind: 'emulated', id: 'emulated0', ...(pageFault === undefined ? {} : { pageFault }) }],
  });
  if (!engine.ok) throw new Error(engine.error.message);
  const client = engine.value.service.connect();
  const frontEnd = fork(script, { serialization: 'json' });
  const options: FrontEndOptions = {
    root: ROOT,
    socket: path,
    faults: faults ?? NO_FAULTS,
    protocol: protocolFeatures === undefined ? null : `0x${protocolFeatures.toString(16)}`,
  };
  frontEnd.send(options);
  let { whenSeen, whenOffered } = scenario;
  try {
    let session: SessionSnapshot | undefined;
    const until = Date.now() + DEADLINE_MS;
    while (Date.now() < until) {
      const status = await client.call('status.get', {});
      session = status.ok ? status.value.sessions[0] : undefined;
      const facts = session === undefined ? undefined : factsOf(session, session.queues)[1];
      if (facts !== undefined && reached(facts)) return facts;
      const { phase, mappedAt, offer } = facts?.queue ?? {};
      if (phase === 'mapped' && mappedAt !== undefined && mappedAt !== null) {
        if (whenSeen !== undefined) frontEnd.send(whenSeen);
        whenSeen = undefined;
      }
      if (offer !== null && offer?.answer === null) {
        if (whenOffered !== undefined) frontEnd.send(whenOffered);
        whenOffered = undefined;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`never reached: ${JSON.stringify(session?.queues[1])}`);
  } finally {
    frontEnd.kill('SIGKILL');
    client.dispose();
    await engine.value.end();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a person would be shown: the phase, the lane with its broken hop, the first verdict. */
function shown(facts: NotifyFacts) {
  const { broken, links, checks } = laneOf(facts);
  return {
    phase: facts.queue.phase,
    word: describeQueue(facts.queue).word,
    verdict: explain(facts)?.id ?? null,
    broken: broken === null ? null : `${broken.hop} ${broken.mark}`,
    links: links.join(' '),
    failed: checks.filter(({ status }) => status === 'fail').map(({ name }) => name),
  };
}

describe('the notify path of a real session', () => {
  it('mapped and proven: nine checks pass, four hops agree, nothing is explained', async () => {
    const facts = await factsOfQ1({}, ({ queue }) => queue.evidence === 3 && queue.mappedAt !== null);
    const lane = laneOf(facts);
    expect(lane.links).toEqual(['proven', 'proven', 'proven']);
    expect(lane.checks.filter(({ status }) => status !== 'pass')).toEqual([]);
    expect(lane.cells.map(({ verdict }) => verdict)).toEqual(['agrees', 'agrees', 'agrees', 'agrees']);
    expect(facts.queue.mappedAt).toMatch(/^0x[0-9a-f]{8,}000$/);
    expect(facts.queue.kickIdentity).toMatch(/^eventfd:\d+$/);
    expect(explain(facts)).toBeNull();
  });

  it('refused: relay, broken at the mapping, the answer told with its time', async () => {
    const facts = await factsOfQ1(
      { faults: { ...NO_FAULTS, refuseNotify: 1 } },
      ({ queue }) => queue.phase === 'relay' && queue.reason !== null,
    );
    const lane = laneOf(facts);
    expect(lane.broken).toEqual({ hop: 'mapping', link: 0, mark: 'cross' });
    expect(lane.cells[1]).toMatchObject({ title: 'refused · g1', look: 'refused', verdict: 'disagrees' });
    expect(facts.queue.offer?.answer?.code).toBe('0x1');
    expect(explain(facts)).toMatchObject({ id: 'lab-fault', certainty: 'likely' });
  });

  it('never answered: broken at the mapping while the page is taken off, then quarantine', async () => {
    const silent = { faults: { ...NO_FAULTS, noReply: true } };
    const undoing = await factsOfQ1(silent, ({ queue }) => queue.phase === 'undoing');
    expect(laneOf(undoing).broken).toEqual({ hop: 'mapping', link: 0, mark: 'cross' });
    expect(undoing.queue.offer).toMatchObject({ answer: null, timedOut: true });
    expect(explain(undoing)).toMatchObject({ id: 'no-answer', certainty: 'likely' });
    const quarantine = await factsOfQ1(silent, ({ queue }) => queue.phase === 'quarantine');
    expect(laneOf(quarantine).broken).toEqual({ hop: 'mapping', link: 0, mark: 'cross' });
    expect(explain(quarantine)?.id).toBe('removal-unconfirmed');
  });

  it('without HOST_NOTIFIER: nothing is sent, the missing bit is named and certain', async () => {
    const protocolFeatures = protocolMask('MQ', 'REPLY_ACK', 'BACKEND_REQ', 'BACKEND_SEND_FD');
    const facts = await factsOfQ1(
      { protocolFeatures },
      ({ queue }) => queue.phase === 'relay' && queue.reason !== null,
    );
    const lane = laneOf(facts);
    expect(lane.broken).toEqual({ hop: 'mapping', link: 0, mark: 'cross' });
    expect(lane.checks[0]).toMatchObject({ status: 'fail', value: 'missing HOST_NOTIFIER (11)' });
    expect(facts.queue.offer).toBeNull();
    expect(explain(facts)).toMatchObject({ id: 'feature-missing', certainty: 'certain' });
  });
});

describe('a notify path that goes wrong for real', () => {
  it('wrong page: the guest rings a page that belongs to no ring', async () => {
    const facts = await factsOfQ1(
      { pageFault: 'stray-page' },
      ({ queue }) => queue.contradiction !== null && queue.mappedAt !== null,
    );
    expect(shown(facts)).toMatchInlineSnapshot(`
      {
        "broken": "page cross",
        "failed": [
          "proof by traffic",
        ],
        "links": "seen seen doubted",
        "phase": "mapped",
        "verdict": "store-ignored",
        "word": "SUSPECT",
      }
    `);
  });

  it('shared page: two queues were sent the same one', async () => {
    const facts = await factsOfQ1(
      { pageFault: 'shared-page' },
      ({ queue }) => queue.contradiction !== null && queue.mappedAt !== null,
    );
    expect(shown(facts)).toMatchInlineSnapshot(`
      {
        "broken": "page triangle",
        "failed": [
          "page unique per queue",
          "proof by traffic",
        ],
        "links": "seen seen none",
        "phase": "mapped",
        "verdict": "page-shared",
        "word": "SUSPECT",
      }
    `);
  });

  it('refused size: what is no page of this host is never sent', async () => {
    const facts = await factsOfQ1({ pageFault: 'large-page' }, ({ queue }) => queue.reason !== null);
    expect(facts.queue.offer).toBeNull();
    expect(shown(facts)).toMatchInlineSnapshot(`
      {
        "broken": "page cross",
        "failed": [],
        "links": "asked asked doubted",
        "phase": "relay",
        "verdict": "accelerator",
        "word": "FELL BACK",
      }
    `);
  });

  it('missing page-per-vq: a front-end that refuses every page', async () => {
    const facts = await factsOfQ1(
      { faults: { ...NO_FAULTS, refuseNotify: 1 }, foreign: true },
      ({ queue, siblings }) => queue.reason !== null && siblings.every(({ reason }) => reason !== null),
    );
    expect(shown(facts)).toMatchInlineSnapshot(`
      {
        "broken": "mapping cross",
        "failed": [
          "answer for this generation",
        ],
        "links": "doubted doubted asked",
        "phase": "relay",
        "verdict": "page-per-vq-off",
        "word": "FELL BACK",
      }
    `);
    expect(explain(facts)?.remedy).toMatch(/page-per-vq=on/);
  });

  it('vanished mapping: the front-end unmaps the page and tells nobody', async () => {
    const facts = await factsOfQ1(
      { whenSeen: 'unmap' },
      ({ queue }) => queue.contradiction?.code === 'mapping-vanished',
    );
    expect(facts.queue.mappedAt).toBeNull();
    expect(shown(facts)).toMatchInlineSnapshot(`
      {
        "broken": "mapping gap",
        "failed": [
          "seen in the VMM’s maps",
          "proof by traffic",
        ],
        "links": "gap acknowledged acknowledged",
        "phase": "mapped",
        "verdict": "mapping-vanished",
        "word": "SUSPECT",
      }
    `);
  });

  it('old-generation answer: the ring was stopped before the page was answered', async () => {
    const facts = await factsOfQ1(
      {
        faults: { ...NO_FAULTS, lateReplyMs: 600 },
        whenOffered: 'stop',
      },
      ({ queue: { offer, phase } }) =>
        offer !== null && offer.answer !== null && offer.ended !== null && phase === 'down',
    );
    expect(facts.queue).toMatchObject({ evidence: 0, started: false });
    expect(shown(facts)).toMatchInlineSnapshot(`
      {
        "broken": "mapping gap",
        "failed": [
          "answer for this generation",
        ],
        "links": "gap asked asked",
        "phase": "down",
        "verdict": "old-generation",
        "word": "STALE",
      }
    `);
  });
});
