import type { Browser } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { demo, everyState, fleet } from './fake/fleet.ts';
import { cellOf, isChromiumMissing, openPanel, rowOf, switchOf, wordOf, theBrowser } from './open-panel.ts';

/** Rows that exist in the page, whatever is scrolled into sight. */
const MOUNTED = 'table[role=grid] tbody tr:not([aria-hidden])';

describe.skipIf(isChromiumMissing)('the grid of queues', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await theBrowser();
  });

  it('Group and Notify region say exactly the words of describe, before and after a change', async () => {
    await using panel = await openPanel(browser, demo());
    const { page } = panel;
    await switchOf(page, 'lab/1').waitFor();
    expect(await cellOf(page, 'lab/1', 'group').innerText()).toBe('none');
    expect(await cellOf(page, 'lab/1', 'notify-region').innerText()).toBe('unmapped');
    await switchOf(page, 'lab/1').focus();
    await page.keyboard.press('Space');
    await wordOf(page, 'lab/1').and(page.locator('[data-word="ACC"]')).waitFor();
    expect(await cellOf(page, 'lab/1', 'group').innerText()).toBe('attached s1 · 4 queues');
    expect(await cellOf(page, 'lab/1', 'notify-region').innerText()).toBe('mapped @0x1000 g2');
  });

  it('by keyboard alone: into the grid, to q1, changed and changed back, in at most twelve keys', async () => {
    await using panel = await openPanel(browser, demo());
    const { page } = panel;
    await switchOf(page, 'lab/1').waitFor();
    for (const key of ['ArrowDown', 'ArrowDown', 'Space']) await page.keyboard.press(key);
    await rowOf(page, 'lab/1').getByRole('switch', { checked: true }).waitFor();
    await wordOf(page, 'lab/1').and(page.locator('[data-word="ACC"]')).waitFor();
    await page.keyboard.press('Space');
    await rowOf(page, 'lab/1').getByRole('switch', { checked: false }).waitFor();
    await wordOf(page, 'lab/1').and(page.locator('[data-word="SW"]')).waitFor();
    expect(panel.service.heard.filter((name) => name === 'queue.set').length).toBe(2);
  });

  it('filter, change, read the reason, undo: without a pointer and with focus never lost', async () => {
    await using panel = await openPanel(browser, demo(), {
      prepare: (service) => service.behaviour.refusesPage.add('lab/3'),
    });
    const { page } = panel;
    await switchOf(page, 'lab/3').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('q3');
    await rowOf(page, 'lab/0').waitFor({ state: 'detached' });
    for (const key of ['Tab', 'Tab', 'Space']) await page.keyboard.press(key);
    await cellOf(page, 'lab/3', 'reason').getByText('relay · page refused, answer 1').waitFor();
    expect(await wordOf(page, 'lab/3').getAttribute('data-word')).toBe('FELL BACK');
    await page.keyboard.press('Enter');
    await page.getByText('Why: page-refused').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('aside').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('switch');
    await page.keyboard.press('Space');
    await wordOf(page, 'lab/3').and(page.locator('[data-word="SW"]')).waitFor();
  });

  it('the switch moves only when the engine says so, and the badge only with the actual state', async () => {
    await using panel = await openPanel(browser, demo(), {
      prepare: (service) => void (service.behaviour.stepMs = 700),
    });
    const { page } = panel;
    await switchOf(page, 'lab/1').waitFor();
    panel.service.behaviour.silent = true;
    await switchOf(page, 'lab/1').click();
    await cellOf(page, 'lab/1', 'reason').getByText('asking the engine').waitFor();
    expect(await switchOf(page, 'lab/1').getAttribute('aria-checked')).toBe('false');
    expect(await switchOf(page, 'lab/1').getAttribute('aria-busy')).toBe('true');
    expect(await wordOf(page, 'lab/1').innerText()).toBe('SW');
  });

  it('a change on its way names its step and, after 300 ms, how long it has taken', async () => {
    await using panel = await openPanel(browser, demo(), {
      prepare: (service) => void (service.behaviour.stepMs = 1_500),
    });
    const { page } = panel;
    await switchOf(page, 'lab/1').click();
    await wordOf(page, 'lab/1').getByText('ARMING 1/2').waitFor();
    await cellOf(page, 'lab/1', 'reason')
      .getByText(/starting the accelerator · \d+ ms/)
      .waitFor();
    await wordOf(page, 'lab/1').getByText('ARMING 2/2').waitFor();
    await cellOf(page, 'lab/1', 'reason')
      .getByText(/page offered · \d+ ms/)
      .waitFor();
  });

  it('what the change did to the traffic is shown in the row', async () => {
    await using panel = await openPanel(browser, demo());
    const { page } = panel;
    await cellOf(page, 'lab/1', 'kicks').getByText(/\d/).waitFor();
    await page.waitForFunction(
      () =>
        !/^[0—]$/.test(
          document.querySelector('tr[data-queue="lab/1"] [data-cell=kicks]')?.textContent ?? '—',
        ),
    );
    await switchOf(page, 'lab/1').click();
    await cellOf(page, 'lab/1', 'reason')
      .getByText(/^kicks\/s [\d\u202f]+ to 0$/)
      .waitFor();
    expect(await cellOf(page, 'lab/1', 'kicks').innerText()).toBe('0');
  });

  it('what cannot be known is a dash, what was measured as nothing is 0', async () => {
    await using panel = await openPanel(browser, everyState());
    const { page } = panel;
    await cellOf(page, 'web-01/0', 'doorbells').getByText(/\d/).waitFor();
    expect(await cellOf(page, 'web-01/0', 'kicks').innerText()).toBe('0');
    expect(await cellOf(page, 'web-01/3', 'doorbells').innerText()).toBe('—');
    expect(await cellOf(page, 'web-01/8', 'kicks').innerText()).toBe('—');
  });

  it('of 512 queues at most 60 rows exist, wherever one scrolls, and the active one keeps its focus', async () => {
    await using panel = await openPanel(browser, fleet());
    const { page } = panel;
    await switchOf(page, 'web-01/5').waitFor();
    const counts = [await page.locator(MOUNTED).count()];
    await switchOf(page, 'web-01/5').focus();
    for (const part of [0.3, 0.6, 1, 0]) {
      await page.locator('table[role=grid]').evaluate((table, share) => {
        const scroller = table.parentElement;
        if (scroller !== null) scroller.scrollTop = scroller.scrollHeight * share;
      }, part);
      await page.waitForTimeout(200);
      counts.push(await page.locator(MOUNTED).count());
    }
    expect(Math.max(...counts)).toBeLessThanOrEqual(60);
    expect(Math.min(...counts)).toBeGreaterThan(20);
    expect(await page.evaluate(() => document.activeElement?.closest('tr')?.dataset['queue'])).toBe(
      'web-01/5',
    );
    expect(await page.locator('[data-headline]').innerText()).toContain('509 of 512 as desired');
    expect(await page.locator('table[role=grid]').getAttribute('aria-rowcount')).toBe('518');
  });

  it('End reaches the last queue of 512 by keyboard, and it can be changed there', async () => {
    await using panel = await openPanel(browser, fleet());
    const { page } = panel;
    await switchOf(page, 'web-01/5').waitFor();
    for (const key of ['ArrowDown', 'End', 'Space']) await page.keyboard.press(key);
    await rowOf(page, 'lab/63').getByRole('switch', { checked: false }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.closest('tr')?.dataset['queue'])).toBe('lab/63');
  });

  it('no row moves under the operator: a fallback waits for the order to be refreshed', async () => {
    await using panel = await openPanel(browser, demo(), {
      prepare: (service) => service.behaviour.refusesPage.add('lab/2'),
    });
    const { page } = panel;
    await switchOf(page, 'lab/2').focus();
    const before = await rowOf(page, 'lab/2').boundingBox();
    await page.keyboard.press('Space');
    await wordOf(page, 'lab/2').and(page.locator('[data-word="FELL BACK"]')).waitFor();
    expect(await rowOf(page, 'lab/2').boundingBox()).toEqual(before);
    await page.getByRole('button', { name: '1 row moved · refresh order' }).click();
    expect((await rowOf(page, 'lab/2').boundingBox())?.y).toBeLessThan(before?.y ?? 0);
    await page.getByRole('button', { name: 'Acknowledge all' }).click();
    await page.getByRole('button', { name: '1 row moved · refresh order' }).click();
    expect(await rowOf(page, 'lab/2').boundingBox()).toEqual(before);
  });

  it('a waiting endpoint shows its exact command, to be copied', async () => {
    await using panel = await openPanel(browser, demo());
    const { page } = panel;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy command for vm1' }).click();
    const command = panel.service.picture.sessions.find(({ name }) => name === 'vm1')?.commandLine;
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(command);
    expect((await page.locator('[data-command="vm1"]').textContent())?.trim()).toBe(command);
  });

  it('several queues change at once, and the outcome is counted queue by queue', async () => {
    await using panel = await openPanel(browser, demo(), {
      prepare: (service) => service.behaviour.refusesPage.add('lab/1'),
    });
    const { page } = panel;
    await switchOf(page, 'lab/0').waitFor();
    for (const key of ['ArrowDown', 'x', 'ArrowDown', 'x', 'ArrowDown', 'x']) await page.keyboard.press(key);
    await page.getByText('3 will change · 0 there already').waitFor();
    await page.getByRole('button', { name: /^Preview 3 changes/ }).click();
    await page.getByRole('button', { name: /^Change 3 queues/ }).click();
    await page.getByRole('heading', { name: '2 of 3 as desired · 1 runs otherwise' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('region', { name: 'Selected queues' }).getByRole('button', { name: 'Undo' }).click();
    await page
      .getByRole('region', { name: 'Selected queues' })
      .getByText('Undo: 3 of 3 as desired')
      .waitFor();
  });

  it('a read-only panel says why its switches do nothing', async () => {
    await using panel = await openPanel(browser, demo());
    const { page } = panel;
    await page.getByRole('switch', { name: 'Read-only' }).click();
    await page.locator('tr[data-queue="lab/1"] [role=switch][aria-disabled=true]').waitFor();
    expect(await switchOf(page, 'lab/1').getAttribute('title')).toContain('read-only');
    await switchOf(page, 'lab/1').click({ force: true });
    await switchOf(page, 'lab/1').press('Space');
    expect(panel.service.heard).not.toContain('queue.set');
  });
});
