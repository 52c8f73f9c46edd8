import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { everyState } from './fake/fleet.ts';
import { everyLane } from './fake/map-pictures.ts';
import { isChromiumMissing, openPanel, rowOf, switchOf, wordOf, theBrowser } from './open-panel.ts';

/** Text and shape of a state, as drawn: what is left when there is no colour. */
const drawn = (page: Page, key: string): Promise<string> =>
  wordOf(page, key).evaluate(
    (badge) => `${badge.textContent} ${badge.querySelector('svg')?.innerHTML ?? ''}`,
  );

/** Whether anything of the page lies outside of its width. */
const overflows = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);

describe.skipIf(isChromiumMissing)('the panel under other eyes', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await theBrowser();
  });

  it.concurrent('without colour every state still has a text and a shape of its own', async () => {
    await using panel = await openPanel(browser, everyState());
    const { page } = panel;
    await switchOf(page, 'web-01/9').waitFor();
    // Proven, suspect, fell back, software, arming, acknowledged, stale, quarantine.
    const keys = [0, 1, 5, 3, 4, 6, 8, 9].map((index) => `web-01/${index}`);
    const looks = await Promise.all(keys.map((key) => drawn(page, key)));
    expect(new Set(looks).size).toBe(keys.length);
  });

  it.concurrent('with forced colours the switch, the pips and the chosen chip are still seen', async () => {
    await using panel = await openPanel(browser, everyState());
    const { page } = panel;
    await page.emulateMedia({ forcedColors: 'active' });
    await switchOf(page, 'web-01/0').waitFor();
    const track = await switchOf(page, 'web-01/0').evaluate((button) => {
      const [on] = button.children;
      const [thumb] = on?.children ?? [];
      const colour = (element: Element | undefined): string =>
        element === undefined ? '' : getComputedStyle(element).backgroundColor;
      return { on: colour(on), thumb: colour(thumb) };
    });
    expect(track.on).not.toBe(track.thumb);
    const chip = page.locator('[data-chip=all]');
    expect(await chip.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe('solid');
    const pips = await rowOf(page, 'web-01/1')
      .locator('[role=img] > span')
      .evaluateAll((all) => all.map((one) => getComputedStyle(one).backgroundColor));
    expect(new Set(pips).size).toBe(2);
  });

  it.concurrent.each([
    { name: '320 pixels', width: 320, height: 640 },
    { name: 'twice the size', width: 720, height: 450 },
  ])('in $name queue, switch and state are in sight, and nothing lies outside', async ({ width, height }) => {
    await using panel = await openPanel(browser, everyState(), { width, height });
    const { page } = panel;
    await switchOf(page, 'web-01/5').waitFor();
    expect(await overflows(page)).toBe(false);
    const row = rowOf(page, 'web-01/5');
    for (const part of [row.getByText('q5'), row.getByRole('switch'), wordOf(page, 'web-01/5')]) {
      const box = await part.boundingBox();
      expect(box?.x).toBeGreaterThanOrEqual(0);
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
    }
    await row.getByRole('button', { name: /details/ }).click();
    await page.getByText('Why: page-refused').waitFor();
    expect(await overflows(page)).toBe(false);
    expect((await panel.watched()).shifts).toEqual([]);
  });

  it.concurrent('with reduced motion nothing moves on the map either', async () => {
    await using panel = await openPanel(browser, everyLane(), { reducedMotion: true, at: '/map/web-01/5' });
    await panel.page.locator('[data-lane="web-01/5"]').waitFor();
    expect(
      await panel.page.evaluate(
        () => document.getAnimations().filter((one) => one.playState === 'running').length,
      ),
    ).toBe(0);
  });
});
