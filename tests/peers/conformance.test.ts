/**
 * The conformance kit against back-ends of other making. What it finds is docs/conformance.md, which this test writes
 * (`npx vitest run --config tests/peers/vitest.config.ts tests/peers/conformance.test.ts -u`) and holds to every run.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { countsOf, findingsOf } from './conformance/page.ts';
import { checkBackEnd, type StartBackEnd } from './conformance/report.ts';
import { REMARKS, type BackEndName } from './conformance/remarks.ts';
import { Bench, endBench } from './drivers/children.ts';
import { isMissing, titled, type Part } from './drivers/manifest.ts';
import { startStorageDaemon } from './drivers/storage-daemon.ts';
import { Testpmd } from './drivers/testpmd.ts';

const netVhost: StartBackEnd = async (bench, socket) => {
  const testpmd = Testpmd.backEnd(bench, socket, 'rxonly');
  await testpmd.ready();
  await testpmd.command('start');
};

const BACK_ENDS: readonly {
  readonly name: BackEndName;
  readonly title: string;
  readonly part: Part;
  readonly start: StartBackEnd;
}[] = [
  {
    name: 'storage-daemon',
    title: 'qemu-storage-daemon of QEMU 7.2, vhost-user-blk',
    part: 'qemu',
    start: async (bench, socket) => {
      await startStorageDaemon(bench, socket);
    },
  },
  {
    name: 'net-vhost',
    title: 'net_vhost of DPDK 22.11 (testpmd)',
    part: 'testpmd',
    start: netVhost,
  },
];

describe.each(BACK_ENDS)('$title', ({ name, title, part, start }) => {
  let bench: Bench;
  afterEach((context) => endBench(bench, context));

  it.skipIf(isMissing(part))(
    titled('runs to the end of every check, and is found to be as its page says', part),
    { timeout: 240_000 },
    async () => {
      bench = new Bench();
      const { checks, ended } = await checkBackEnd(bench, start);
      const findings = checks.filter(({ outcome }) => outcome === 'finding');
      const page = [
        `# ${title}`,
        '',
        countsOf(checks),
        ended.length === 0
          ? 'It survived all of them.'
          : `These ended the process: ${ended.map((id) => `\`${id}\``).join(', ')}.`,
        '',
        ...findingsOf(name, checks),
      ].join('\n');

      expect(findings.map(({ id }) => id).sort()).toEqual(Object.keys(REMARKS[name]).sort());
      await expect(page).toMatchFileSnapshot(`../../docs/conformance/${name}.md`);
    },
  );
});
