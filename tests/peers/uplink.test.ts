/** A guest that reaches this machine through the TAP uplink, inside a network namespace of the test's own. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { existsSync } from 'node:fs';
import { Bench, endBench } from './drivers/children.ts';
import { Doorbell } from './drivers/doorbell.ts';
import { isMissing, titled } from './drivers/manifest.ts';
import { UmlGuest } from './drivers/uml.ts';

const missing =
  process.getuid?.() === 0 && existsSync('/dev/net/tun') ? null : 'skipped: root and /dev/net/tun';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach((context) => endBench(bench, context));

async function inside(doorbell: Doorbell, ...words: readonly string[]): Promise<string> {
  const child = bench.start('nsenter', 'nsenter', ['-t', String(doorbell.pid), '-n', ...words]);
  const { code } = await child.exit(20_000);
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${String(code)}: ${child.output}`);
  return child.output;
}

describe.skipIf(isMissing('uml') || missing !== null)(
  titled(`TAP uplink ${missing ?? ''}`.trim(), 'uml'),
  () => {
    it('a guest reaches the network behind the uplink, whose kernel answers it', async () => {
      const doorbell = await Doorbell.serve(bench, ['vm0'], ['--uplink', 'tap:far0'], ['unshare', '-n']);
      await inside(doorbell, 'busybox', 'ip', 'addr', 'add', '10.0.0.1/24', 'dev', 'far0');
      await inside(doorbell, 'busybox', 'ip', 'link', 'set', 'far0', 'up');
      const guest = new UmlGuest(bench, [doorbell.socket]);
      await guest.boot();
      expect(await guest.console.must('ping -q -c 20 -i 0.02 -W 5 10.0.0.1')).toContain(
        ' 20 packets received',
      );
      // What the kernel saw, so that no lab peer can have answered.
      expect(await inside(doorbell, 'busybox', 'cat', '/proc/net/arp')).toContain('10.0.0.3');
    });

    it('without CAP_NET_ADMIN the start is refused with what to do', async () => {
      const child = bench.start('doorbell', 'setpriv', [
        '--bounding-set=-net_admin',
        '--inh-caps=-net_admin',
        process.execPath,
        `${import.meta.dirname}/../../dist/cli.mjs`,
        'serve',
        '--listen',
        bench.path('vm0.sock'),
        '--control',
        bench.path('private/control.sock'),
        '--uplink',
        'tap:far0',
      ]);
      const { code } = await child.exit(15_000);
      expect(code).toBe(1);
      expect(child.output).toContain('CAP_NET_ADMIN');
      expect(child.output).toContain('ip tuntap add');
    });
  },
);
