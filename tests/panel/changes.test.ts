import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { acceleratorRecord } from '../../renderer/store/testing/records.ts';
import type { EngineSnapshot } from '../../app/contract/snapshot.ts';
import { demo, engine, fleet, mapped, queueRecord, sessionRecord } from './fake/fleet.ts';
import { cellOf, isChromiumMissing, openPanel, rowOf, switchOf, wordOf, theBrowser } from './open-panel.ts';

const word = (page: Page, key: string, is: string) =>
  wordOf(page, key).and(page.locator(`[data-word="${is}"]`));
const dialog = (page: Page) => page.getByRole('dialog');
/** What the open dialog says became of each queue, and how often. */
const fates = (page: Page, text: RegExp) =>
  dialog(page).locator('tbody tr').filter({ hasText: text }).count();

/** Filters to the 64 queues of one VM and selects all that are shown. */
async function selectAll(page: Page, vm: string): Promise<void> {
  await page.getByRole('searchbox').fill(vm);
  await rowOf(page, 'web-01/5').waitFor({ state: 'detached' });
  await page.getByRole('checkbox', { name: 'select every queue that is shown' }).check();
  await page.getByText('64 queues selected').waitFor();
}

const desiredOf = ({ sessions }: EngineSnapshot, name: string, desired: string): number =>
  sessions.find((one) => one.name === name)?.queues.filter((queue) => queue.desired === desired).length ?? 0;

/** 64 queues through all their steps, in a browser that may have to share its processor. */
const MANY_MS = 180_000;

describe.skipIf(isChromiumMissing)('changes', { timeout: MANY_MS }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await theBrowser();
  });

  it.concurrent(
    '64 at once of which the engine takes 61: each row says what became of it, and undo leads 61 back',
    async () => {
      await using panel = await openPanel(browser, fleet(), {
        prepare: ({ behaviour }) => {
          behaviour.stepMs = 5;
          for (const key of ['mail-03/3', 'mail-03/9', 'mail-03/20']) behaviour.refusesRequest.add(key);
        },
      });
      const { page, service } = panel;
      await switchOf(page, 'web-01/5').waitFor();
      await selectAll(page, 'mail-03');
      await page.keyboard.press('Control+Enter');
      await dialog(page).getByText('64 will change · 0 there already · 0 blocked').waitFor();
      expect(service.heard).not.toContain('queue.set');
      await dialog(page).getByRole('button', { name: 'Change 64 queues' }).click();
      await dialog(page)
        .getByRole('heading', { name: '61 of 64 as desired · 3 not done', exact: true })
        .waitFor();
      expect(await fates(page, /not done: The engine failed/)).toBe(3);
      expect(await fates(page, /as desired/)).toBe(61);
      expect(await page.locator('body').innerText()).not.toMatch(/success|complete|all done/i);
      expect(desiredOf(service.picture, 'mail-03', 'accelerated')).toBe(61);

      await dialog(page).getByRole('button', { name: 'Undo 61 queues' }).click();
      await dialog(page).getByRole('heading', { name: 'Undo: 61 of 61 as desired' }).waitFor();
      expect(desiredOf(service.picture, 'mail-03', 'software')).toBe(64);
      expect(service.heard.filter((name) => name === 'queue.set')).toHaveLength(64 + 61);
    },
  );

  it.concurrent(
    '64 at once of which the front-end refuses 3 pages: 61 as desired, 3 otherwise with their reason',
    async () => {
      await using panel = await openPanel(browser, fleet(), {
        prepare: ({ behaviour }) => {
          behaviour.stepMs = 5;
          for (const key of ['mail-03/3', 'mail-03/9', 'mail-03/20']) behaviour.refusesPage.add(key);
        },
      });
      const { page, service } = panel;
      await switchOf(page, 'web-01/5').waitFor();
      await selectAll(page, 'mail-03');
      await page.getByRole('button', { name: /^Preview 64 changes/ }).click();
      await dialog(page).getByRole('button', { name: 'Change 64 queues' }).click();
      await dialog(page)
        .getByRole('heading', { name: '61 of 64 as desired · 3 run otherwise', exact: true })
        .waitFor();
      expect(await fates(page, /runs otherwise · relay · page refused, answer 1/)).toBe(3);
      await dialog(page)
        .getByRole('button', { name: /^Undo 64 queues/ })
        .click();
      await dialog(page).getByRole('heading', { name: 'Undo: 64 of 64 as desired' }).waitFor();
      expect(desiredOf(service.picture, 'mail-03', 'software')).toBe(64);
    },
  );

  it.concurrent('stopping at the first failure leaves the rest unsent, and says so', async () => {
    await using panel = await openPanel(browser, fleet(), {
      prepare: ({ behaviour }) => {
        behaviour.stepMs = 5;
        behaviour.refusesRequest.add('mail-03/3');
      },
    });
    const { page } = panel;
    await switchOf(page, 'web-01/5').waitFor();
    await selectAll(page, 'mail-03');
    await page.getByRole('button', { name: /^Preview/ }).click();
    await dialog(page)
      .getByRole('checkbox', { name: /stop at the first/ })
      .check();
    await dialog(page).getByRole('button', { name: 'Change 64 queues' }).click();
    await dialog(page)
      .getByRole('heading', { name: /as desired · 1 not done · \d+ not sent$/ })
      .waitFor();
    expect(await fates(page, /^mail-03.*not sent/)).toBeGreaterThan(50);
  });

  it.concurrent(
    'Ctrl+Z takes the last change back as a request of its own, and says of which it is the reverse',
    async () => {
      await using panel = await openPanel(browser, demo());
      const { page, service } = panel;
      await switchOf(page, 'lab/1').focus();
      await page.keyboard.press('Space');
      await page.getByText('lab q1: accelerated asked, request 77').waitFor();
      await page.keyboard.press('Control+z');
      await page.getByText('lab q1: software asked, request 78, reverse of request 77').waitFor();
      await word(page, 'lab/1', 'SW').waitFor();
      expect(service.heard.filter((name) => name === 'queue.set')).toHaveLength(2);
      await page.keyboard.press('Control+z');
      expect(service.heard.filter((name) => name === 'queue.set')).toHaveLength(2);
    },
  );

  it.concurrent('a fallback is not forgotten when a retry succeeds, until it is acknowledged', async () => {
    await using panel = await openPanel(browser, demo(), {
      prepare: ({ behaviour }) => void behaviour.refusesPage.add('lab/2'),
    });
    const { page, service } = panel;
    await switchOf(page, 'lab/2').focus();
    await page.keyboard.press('Space');
    await word(page, 'lab/2', 'FELL BACK').waitFor();
    service.behaviour.refusesPage.clear();
    service.setQueue('lab', mapped(2));
    await word(page, 'lab/2', 'ACC').waitFor();
    await cellOf(page, 'lab/2', 'reason')
      .getByText(/fell back \d\d:\d\d:\d\d/)
      .waitFor({ timeout: 20_000 });
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('acknowledge');
    await page.keyboard.press('Enter');
    await cellOf(page, 'lab/2', 'reason')
      .getByText(/fell back/)
      .waitFor({ state: 'detached' });
  });

  it.concurrent(
    'a device that stops its queues as a unit names the siblings before anything is sent',
    async () => {
      const { capabilities } = acceleratorRecord('emu0');
      const picture = engine([sessionRecord('web-01', { queues: [mapped(0), mapped(1), queueRecord(2)] })]);
      const unit = picture.accelerators.map((one) => ({
        ...one,
        capabilities: { ...capabilities, stopPerQueue: false },
      }));
      await using panel = await openPanel(browser, { ...picture, accelerators: unit });
      const { page, service } = panel;
      await switchOf(page, 'web-01/0').focus();
      await page.keyboard.press('Space');
      await dialog(page)
        .getByText('emu0 stops all of its queues as a unit: web-01/1 go to software too.')
        .waitFor();
      await page.keyboard.press('Escape');
      await dialog(page).waitFor({ state: 'detached' });
      expect(service.heard).not.toContain('queue.set');
    },
  );

  it.concurrent('one accelerator needs no menu; with two the switch has one, by keyboard too', async () => {
    const picture = demo();
    await using one = await openPanel(browser, picture);
    await switchOf(one.page, 'lab/1').waitFor();
    expect(
      await rowOf(one.page, 'lab/1')
        .getByRole('button', { name: /accelerator of/ })
        .count(),
    ).toBe(0);

    const accelerators = [...picture.accelerators, acceleratorRecord('emu1')];
    await using two = await openPanel(browser, { ...demo(), accelerators });
    const { page, service } = two;
    await switchOf(page, 'lab/1').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: /accelerated by emu1/ }).click();
    await word(page, 'lab/1', 'ACC').waitFor();
    expect(service.heard.filter((name) => name === 'queue.set')).toHaveLength(1);
  });
});
