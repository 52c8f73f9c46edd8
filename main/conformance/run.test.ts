import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { loadAddon } from '../addon/load.ts';
import type { Listener, Stream } from '../addon/surface.ts';
import { CHECKS } from './checks/all.ts';
import { SECTION } from './check.ts';
import { frameOf, Link } from './link.ts';
import { Capture } from './capture.ts';
import { runChecks, type CheckResult } from './run.ts';

const addon = loadAddon();
const folder = mkdtempSync(join(tmpdir(), 'doorbell-conformance-'));
const path = join(folder, 'b.sock');
const GET_FEATURES = 1;
const VERSION_1 = 1n << 32n;
/** Three requests come before the check's own: is it there, its features, is it there for this check. */
const OWN = 3;

let listener: Listener | null = null;
const links: Link[] = [];
afterEach(() => {
  listener?.close();
  for (const link of links.splice(0)) link.close();
});

afterAll(() => rmSync(folder, { recursive: true }));

interface Answer {
  readonly flags: number;
  readonly body: Uint8Array;
}
const u64 = (value: bigint): Uint8Array => new Uint8Array(new BigUint64Array([value]).buffer);

/** A back-end that offers VERSION_1 and answers as `answer` says: null for silence, `close` for the end. */
function serve(answer: (request: number, flags: number, nth: number) => Answer | 'close' | null): void {
  const opened = addon.io.listen(path, 0o600);
  if (!opened.ok) throw new Error(opened.error.message);
  listener = opened.value;
  let nth = 0;
  opened.value.onConnection((stream: Stream) => {
    const link = new Link(stream, new Capture());
    links.push(link);
    const serveOne = async (): Promise<void> => {
      for (;;) {
        const came = await link.next(60_000);
        if (came.kind !== 'message') return;
        const made = answer(came.request, came.flags, nth++);
        if (made === 'close') {
          link.close();
          return;
        }
        if (made !== null) link.send({ request: came.request, ...made });
      }
    };
    void serveOne();
  });
}

async function check(id: string): Promise<CheckResult> {
  const checks = CHECKS.filter((one) => one.id === id);
  const outcome = await runChecks({ addon, path, checks, device: null });
  if (outcome.kind === 'unreachable') throw new Error(outcome.reason);
  const [result] = outcome.conformance.results;
  if (result === undefined) throw new Error(`no check ${id}`);
  return result;
}

const features = (request: number): Answer | null =>
  request === GET_FEATURES ? { flags: 5, body: u64(VERSION_1) } : null;

describe('the runner of checks', { timeout: 30_000 }, () => {
  it('passes a back-end that answers as the specification says', async () => {
    serve(features);

    expect(await check('two-messages-at-once')).toMatchObject({ outcome: 'pass', message: null });
  });

  it('quotes the exchange of a reply with wrong flags', async () => {
    serve((request, _flags, nth) => (nth === OWN ? { flags: 0xd, body: u64(VERSION_1) } : features(request)));

    const result = await check('reply-flags');

    expect(result).toMatchObject({
      outcome: 'finding',
      level: 'must',
      section: SECTION.header,
      message: 'The reply to GET_FEATURES has the flags 0xd, not 0x5',
    });
    expect(result.exchange).toContainEqual(
      expect.objectContaining({ kind: 'came', name: 'GET_FEATURES', flags: 0xd, size: 8 }),
    );
  });

  it('takes a closed connection for a finding, and one more where no further one is taken', async () => {
    serve((request, _flags, nth) => (nth < OWN ? features(request) : 'close'));

    const result = await check('reply-flags');

    expect(result.outcome).toBe('finding');
    expect(result.message).toContain('was closed where a reply to GET_FEATURES was due');
    expect(result.message).toContain('After this check it takes no connection');
  });

  it('takes silence for a finding', async () => {
    serve((request, _flags, nth) => (nth === OWN ? null : features(request)));

    expect(await check('reply-flags')).toMatchObject({
      outcome: 'finding',
      message: 'No reply to GET_FEATURES came within 3000 ms',
    });
  });

  it('says that nothing answers where nobody listens', async () => {
    const outcome = await runChecks({ addon, path, checks: CHECKS, device: null });

    expect(outcome.kind).toBe('unreachable');
  });

  it('leaves out what has no subject: a ring of an unknown device', async () => {
    serve(features);

    expect(await check('ring-serves')).toMatchObject({ outcome: 'not-applicable' });
  });
});

describe('the checks', () => {
  it('have ids of their own, and cite a section and its rule', () => {
    expect(new Set(CHECKS.map(({ id }) => id)).size).toBe(CHECKS.length);
    const titles: readonly string[] = [...Object.values(SECTION), 'Memory access', 'In-band notifications'];
    const uncited = CHECKS.filter(
      ({ section, rule }) =>
        rule.length < 20 ||
        !(titles.includes(section) || section.startsWith('Front-end message types: VHOST_USER_')),
    );
    expect(uncited.map(({ id }) => id)).toEqual([]);
  });

  it('end with frames that say what they claim', () => {
    const frame = frameOf({ request: 2, flags: 1, body: u64(1n), claimedSize: 99 });

    expect([...frame.subarray(0, 12)]).toEqual([2, 0, 0, 0, 1, 0, 0, 0, 99, 0, 0, 0]);
  });
});
