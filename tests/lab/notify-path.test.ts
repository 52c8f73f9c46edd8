/** Lane and verdict from what a real engine holds after a real front-end mapped, refused or ignored its pages. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startEngine } from '../../app/compose/engine.ts';
import type { SessionSnapshot } from '../../app/contract/snapshot.ts';
import { loadAddon } from '../../main/addon/load.ts';
import { NO_FAULTS, type FaultProfile } from '../../main/vmm/faults.ts';
import { Vmm } from '../../main/vmm/vmm.ts';
import { protocolMask } from '../../main/wire/protocol-features.ts';
import { explain } from '../../renderer/format/notify/explain.ts';
import { factsOf, type NotifyFacts } from '../../renderer/format/notify/facts.ts';
import { laneOf } from '../../renderer/format/notify/lane.ts';

const DEADLINE_MS = 20_000;

/** The facts of q1 once `reached`; the guest sends all the while. */
async function factsOfQ1(
  guest: { readonly faults?: FaultProfile; readonly protocolFeatures?: bigint },
  reached: (facts: NotifyFacts) => boolean,
): Promise<NotifyFacts> {
  const folder = await mkdtemp(join(tmpdir(), 'doorbell-path-'));
  const path = join(folder, 'vm.sock');
  const engine = await startEngine({
    endpoints: [
      {
        name: 'vm',
        path,
        mode: 'listen',
        dialect: 'upstream',
        desired: 'accelerated',
        fileMode: 0o600,
        group: null,
        queuePairs: 1,
        simulated: true,
      },
    ],
    accelerators: [{ kind: 'emulated', id: 'emulated0' }],
  });
  if (!engine.ok) throw new Error(engine.error.message);
  const client = engine.value.service.connect();
  const vmm = new Vmm(loadAddon(), { name: 'vm', queuePairs: 1, ...guest });
  try {
    const connected = await vmm.connect(path);
    const started = connected.ok ? await vmm.start() : connected;
    if (!started.ok) throw new Error(started.error.message);
    vmm.guest?.run({ kind: 'ping', rate: 200 });
    let session: SessionSnapshot | undefined;
    const until = Date.now() + DEADLINE_MS;
    while (Date.now() < until) {
      const status = await client.call('status.get', {});
      session = status.ok ? status.value.sessions[0] : undefined;
      const facts = session === undefined ? undefined : factsOf(session, session.queues)[1];
      if (facts !== undefined && reached(facts)) return facts;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`never reached: ${JSON.stringify(session?.queues[1])}`);
  } finally {
    vmm.close();
    client.dispose();
    await engine.value.end();
    await rm(folder, { recursive: true, force: true });
  }
}

describe('the notify path of a real session', () => {
  it('mapped and proven: nine checks pass, four hops agree, nothing is explained', async () => {
    const facts = await factsOfQ1({}, ({ queue }) => queue.phase === 'mapped' && queue.evidence === 3);
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
