/**
 * The main job, end to end: a real Linux guest in QEMU keeps pinging while an operator moves its queue with the
 * keyboard in the panel, and the panel says what is so.
 */
import { chromium, type Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, endBench } from './drivers/children.ts';
import { Doorbell } from './drivers/doorbell.ts';
import { isMissing, titled } from './drivers/manifest.ts';
import { QemuGuest } from './drivers/qemu-guest.ts';

const TOGGLES = 20;
const NAME = 'vm0 q1 tx accelerated';
const missing = (['qemu', 'chromium'] as const).find((part) => isMissing(part));

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach((context) => endBench(bench, context));

async function openPanel(url: string | null): Promise<Page> {
  if (url === null) throw new Error('the engine serves no panel');
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  });
  bench.atEnd(() => void browser.close());
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(url);
  return page;
}

const row = (page: Page) => page.getByRole('row').filter({ has: page.getByRole('switch', { name: NAME }) });

/** The words of the columns that tell the path, as a person reads them. */
async function words(page: Page) {
  const text = async (cell: string): Promise<string> =>
    (await row(page).locator(`[data-cell="${cell}"]`).innerText()).replaceAll(/\s+/g, ' ').trim();
  return { group: await text('group'), region: await text('notify-region') };
}

describe.skipIf(missing !== undefined)(titled('QEMU guest and panel', missing ?? 'qemu'), () => {
  it(`loses no ping while its switch is pressed ${TOGGLES} times in the panel`, async () => {
    const doorbell = await Doorbell.serve(bench, ['vm0'], ['--http', '0']);
    const guest = QemuGuest.start(bench, { socket: doorbell.socket });
    const page = await openPanel(doorbell.url);
    await guest.boot();
    await guest.ping('10.0.0.1', 5, 0.02);
    await row(page).locator('[data-word="SW"]').waitFor();

    const operate = async (): Promise<void> => {
      await page.getByRole('switch', { name: NAME }).focus();
      for (let press = 1; press <= TOGGLES; press++) {
        await page.keyboard.press('Space');
        const accelerated = press % 2 === 1;
        await row(page)
          .locator(`[data-word="${accelerated ? 'ACC' : 'SW'}"]`)
          .waitFor();
        const seen = await words(page);
        expect(seen.group).toMatch(accelerated ? /^attached s1 · 1 queue$/ : /^none$/);
        expect(seen.region).toMatch(accelerated ? /^mapped @0x0 g\d+$/ : /^unmapped$/);
      }
    };
    const [pinged] = await Promise.all([guest.ping('10.0.0.1', 600, 0.016), operate()]);
    expect(pinged).toMatchObject({ sent: 600, received: 600 });
    expect(guest.child.ended).toBeUndefined();
  });
});
