import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { everyLane, manyLanes } from './fake/map-pictures.ts';
import { isChromiumMissing, openPanel, theBrowser } from './open-panel.ts';

const lane = (page: Page, key: string) => page.locator(`[data-lane="${key}"]`);
const card = (page: Page) => page.locator('[data-verdict]').and(page.locator('section'));

describe.skipIf(isChromiumMissing)('the notify map', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await theBrowser();
  });

  it.concurrent('names the first broken hop of each lane, and none where all agree', async () => {
    await using panel = await openPanel(browser, everyLane(), { at: '/map/web-01/5' });
    const { page } = panel;
    await lane(page, 'web-01/7').waitFor();
    const hops = await page
      .locator('[data-lane]')
      .evaluateAll((lanes) => lanes.map((one) => one.getAttribute('data-broken')));
    expect(hops).toEqual(['', 'page', 'page', '', 'mapping', 'mapping', '', 'mapping']);
    expect(await lane(page, 'web-01/5').locator('span').first().innerText()).toMatch(
      /^q5 tx, FELL BACK, evidence: .*First hop that disagrees: VMM mapping\. /,
    );
  });

  it.concurrent('explains the refused size with its facts, and Retry asks for that queue alone', async () => {
    await using panel = await openPanel(browser, everyLane(), { at: '/map/web-01/5' });
    const { page } = panel;
    await card(page).waitFor();
    expect(await card(page).getAttribute('data-verdict')).toBe('size-not-page');
    expect(await card(page).innerText()).toContain('Length 0x1_0000 differs from the host page 0x1000');
    await card(page).getByRole('button', { name: 'Retry' }).click();
    await page.waitForFunction(
      () => document.querySelector('[data-lane="web-01/5"] [data-word="ACC"]') !== null,
    );
    expect(panel.service.heard.filter((name) => name === 'queue.set')).toHaveLength(1);
  });

  it.concurrent('by keyboard: down to another lane, its explanation, its details', async () => {
    await using panel = await openPanel(browser, everyLane(), { at: '/map/web-01/0' });
    const { page } = panel;
    await page.getByRole('listbox').focus();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('option', { selected: true }).and(lane(page, 'web-01/1')).waitFor();
    expect(await card(page).getAttribute('data-verdict')).toBe('page-shared');
    expect(page.url()).toContain('#/map/web-01/1');
    await page.keyboard.press('Enter');
    await page.getByRole('complementary', { name: 'Queue web-01 q1' }).waitFor();
  });

  it.concurrent('512 lanes: at most 60 exist, and End reaches the last', async () => {
    await using panel = await openPanel(browser, manyLanes(), { at: '/map/web-01/0' });
    const { page } = panel;
    await lane(page, 'web-01/0').waitFor();
    await page.getByRole('listbox').focus();
    await page.keyboard.press('End');
    await page.getByRole('option', { selected: true }).and(lane(page, 'web-01/511')).waitFor();
    expect(await page.locator('[data-lane]').count()).toBeLessThanOrEqual(60);
    expect((await panel.watched()).shifts).toEqual([]);
  });

  it.concurrent(
    'the next kick is caught and its way told: software by eventfd, mapped by the doorbell',
    async () => {
      for (const [key, way] of [
        ['web-01/3', /It went by eventfd: [\d\u202f]+ kicks/],
        ['web-01/0', /No eventfd; the doorbell changed/],
      ] as const) {
        await using panel = await openPanel(browser, everyLane(), { at: `/map/${key}` });
        const { page } = panel;
        await page.locator('button[aria-disabled=false]', { hasText: 'Catch next kick' }).click();
        await page.getByText(way).waitFor();
      }
    },
  );

  it.concurrent('the table says of every hop what the drawing says', async () => {
    await using panel = await openPanel(browser, everyLane(), { at: '/map/web-01/5' });
    const { page } = panel;
    await page.getByRole('button', { name: 'Same data as a table' }).click();
    const rows = page.getByRole('row').filter({ hasText: 'q5 tx' });
    expect(await rows.count()).toBe(4);
    expect(await rows.filter({ hasText: 'first broken hop' }).allInnerTexts()).toEqual([
      expect.stringMatching(/VMM mapping\tanswer 0 for g8\tanswer 1 · 1\.0\u202fms\tdisagrees/),
    ]);
  });

  it.concurrent('a ring that still runs under an earlier memory table is marked on the bar', async () => {
    await using panel = await openPanel(browser, everyLane(), { at: '/map/web-01/0' });
    const { page, service } = panel;
    const bar = page.getByRole('region', { name: 'Memory regions' });
    await bar.getByText('generation 2').waitFor();
    expect(await bar.getAttribute('data-stale')).toBe('false');
    service.setQueue('web-01', { ...service.queue('web-01', 0), underEarlierTable: true });
    await bar.getByText('stale: q0 still runs under an earlier table').waitFor();
    service.setQueue('web-01', { ...service.queue('web-01', 0), underEarlierTable: false });
    await bar.getByText('stale').waitFor({ state: 'detached' });
  });

  it.concurrent('looking at it asks the engine for counters and for nothing else', async () => {
    await using panel = await openPanel(browser, everyLane(), { at: '/map' });
    await card(panel.page).waitFor();
    await lane(panel.page, 'web-01/1').waitFor();
    expect(panel.service.heard.filter((name) => name !== 'counters.subscribe')).toEqual([]);
  });
});
