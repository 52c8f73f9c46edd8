/** The main job, end to end: an operator's keyboard, Chromium, the engine, a Linux guest in QEMU. */
import { chromium } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, endBench } from './drivers/children.ts';
import { Doorbell } from './drivers/doorbell.ts';
import { chromiumFiles, isMissing, titled } from './drivers/manifest.ts';
import { QemuGuest } from './drivers/qemu-guest.ts';

const TOGGLES = 20;
const PINGS_PER_SECOND = 60;

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach((context) => endBench(bench, context));

describe.skipIf(isMissing('qemu') || isMissing('chromium'))(
  titled("the panel's switch over a pinging guest", isMissing('qemu') ? 'qemu' : 'chromium'),
  () => {
    it(
      `${TOGGLES} changes by keyboard: 0 pings lost, the columns say what is so`,
      { timeout: 180_000 },
      async () => {
        const doorbell = await Doorbell.serve(bench, ['vm0'], ['--http', '0']);
        const guest = QemuGuest.start(bench, { socket: doorbell.socket });
        await guest.boot();
        expect(await guest.ping('10.0.0.1', 5, 0.02)).toEqual({ sent: 5, received: 5 });

        await using browser = await chromium.launch({
          executablePath: chromiumFiles().binary,
          args: ['--no-sandbox', '--disable-gpu', '--no-first-run'],
        });
        const page = await browser.newPage();
        await page.goto(doorbell.url ?? '');
        const row = page.locator('tr[data-queue="vm0/1"]');
        const cell = (name: string) => row.locator(`[data-cell="${name}"]`).innerText();
        await row.getByRole('switch', { checked: false }).focus();
        expect(await cell('group')).toBe('none');
        expect(await cell('notify-region')).toBe('unmapped');

        const toggling = async (): Promise<void> => {
          for (let toggle = 1; toggle <= TOGGLES; toggle++) {
            await page.keyboard.press('Space');
            const on = toggle % 2 === 1;
            await row.getByRole('switch', { checked: on }).waitFor();
            await row.locator(`[data-word="${on ? 'ACC' : 'SW'}"]`).waitFor();
            expect(await cell('group')).toBe(on ? 'attached s1 · 1 queue' : 'none');
            expect(await cell('notify-region')).toMatch(on ? /^mapped @0x0 g\d+$/ : /^unmapped$/);
          }
        };
        const [pinged] = await Promise.all([
          guest.ping('10.0.0.1', PINGS_PER_SECOND * 15, 1 / PINGS_PER_SECOND),
          toggling(),
        ]);
        expect(pinged).toEqual({ sent: PINGS_PER_SECOND * 15, received: PINGS_PER_SECOND * 15 });
        expect(guest.child.ended).toBeUndefined();
      },
    );
  },
);
