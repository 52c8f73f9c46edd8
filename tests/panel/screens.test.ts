import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { demo, everyState } from './fake/fleet.ts';
import { everyLane } from './fake/map-pictures.ts';
import { isChromiumMissing, openPanel, rowOf, switchOf, theBrowser } from './open-panel.ts';

const details = (page: Page, name: string) => page.getByRole('complementary', { name });

describe.skipIf(isChromiumMissing)('screens', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await theBrowser();
  });

  it.concurrent(
    'every address comes back to the same view after a reload',
    { timeout: 180_000 },
    async () => {
      await using panel = await openPanel(browser, everyLane());
      const { page } = panel;
      await switchOf(page, 'web-01/0').waitFor();
      const views = [
        { at: '#/queues/web-01/5?tab=rings', seen: page.getByText('Addresses, as the front-end sent them') },
        { at: '#/map/web-01/1', seen: page.getByRole('option', { selected: true, name: /^q1 / }) },
        { at: '#/map/web-01/1?tab=interrupt', seen: page.getByText('Interrupt path now') },
        { at: '#/trace/web-01/5', seen: page.getByText('A place kept') },
        { at: '#/devices/web-01/0', seen: details(page, 'Queue web-01 q0') },
      ];
      for (const { at, seen } of views) {
        await page.evaluate((hash) => void (window.location.hash = hash), at);
        await seen.first().waitFor();
        await page.reload();
        await seen.first().waitFor();
        expect(page.url().endsWith(at)).toBe(true);
      }
    },
  );

  it.concurrent('the palette goes to a queue by its name, without a pointer', async () => {
    await using panel = await openPanel(browser, everyState());
    const { page } = panel;
    await switchOf(page, 'web-01/0').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('db-02 q1');
    await page.getByRole('option', { name: /^db-02 q1 tx FELL BACK/ }).waitFor();
    for (const key of ['ArrowDown', 'Enter']) await page.keyboard.press(key);
    await page.waitForURL(/#\/map\/db-02\/1$/);
    expect(panel.service.heard).not.toContain('queue.set');
  });

  it.concurrent('a column that is left out stays out after a reload', async () => {
    await using panel = await openPanel(browser, demo());
    const { page } = panel;
    await switchOf(page, 'lab/0').waitFor();
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Group' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'avail − used' }).click();
    await page.keyboard.press('Escape');
    await page.reload();
    await switchOf(page, 'lab/0').waitFor();
    const heads = await page.getByRole('columnheader').allInnerTexts();
    expect(heads.some((head) => head.includes('avail − used'))).toBe(true);
    expect(heads.some((head) => head.includes('Group'))).toBe(false);
    // Known with the first counters after the reload.
    await rowOf(page, 'lab/0').locator('[data-cell=gap]').getByText('0', { exact: true }).waitFor();
  });

  it.concurrent('the export is a file with one record a line', async () => {
    await using panel = await openPanel(browser, demo());
    const { page } = panel;
    await switchOf(page, 'lab/0').waitFor();
    await page.getByRole('button', { name: 'Export' }).click();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: 'Queues as JSON Lines' }).click(),
    ]);
    expect(file.suggestedFilename()).toMatch(/^doorbell-queues-\d{8}T\d{6}Z\.jsonl$/);
    const lines = (await readFile(await file.path(), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toHaveLength(6);
    expect((await panel.watched()).policy).toEqual([]);
  });

  it.concurrent('the details lie over the map, and closing them leaves the lane chosen', async () => {
    await using panel = await openPanel(browser, everyLane(), { at: '/map/web-01/5' });
    const { page } = panel;
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Enter');
    await details(page, 'Queue web-01 q5').waitFor();
    expect(await page.locator('[data-lane="web-01/5"]').count()).toBe(1);
    await page.keyboard.press('Escape');
    await details(page, 'Queue web-01 q5').waitFor({ state: 'detached' });
    expect(page.url()).toMatch(/#\/map\/web-01\/5$/);
  });

  it.concurrent('devices name the queues that block a release, by VM', async () => {
    await using panel = await openPanel(browser, everyState(), { at: '/devices' });
    const { page } = panel;
    const device = page.getByRole('region', { name: 'emu0' });
    await device.getByText('Each of these blocks its release').waitFor();
    await device.getByRole('link', { name: 'q11' }).click();
    await details(page, 'Queue web-01 q11').waitFor();
  });

  it.concurrent('a fallback while the window is hidden is told to the desktop once', async () => {
    await using panel = await openPanel(browser, demo(), {
      prepare: ({ behaviour }) => void behaviour.refusesPage.add('lab/2'),
    });
    const { page, service } = panel;
    await switchOf(page, 'lab/2').waitFor();
    await page.evaluate(() => {
      const told: string[] = [];
      Object.assign(window, { told });
      class Told {
        static readonly permission = 'granted';
        static requestPermission = () => Promise.resolve('granted');
        onclick = null;
        constructor(title: string) {
          told.push(title);
        }
      }
      Object.assign(window, { Notification: Told });
    });
    await page.getByRole('button', { name: 'Notify: off' }).click();
    await page.getByRole('button', { name: 'Notify: on' }).waitFor();
    await page.evaluate(() => Object.defineProperty(document, 'hidden', { value: true }));
    await switchOf(page, 'lab/2').click();
    await page.waitForFunction(
      () => 'told' in window && Array.isArray(window.told) && window.told.length > 0,
    );
    expect(await page.evaluate(() => ('told' in window ? window.told : null))).toEqual(['lab q2 fell back']);
    expect(service.heard).toContain('queue.set');
  });
});
