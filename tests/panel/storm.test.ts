import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openWebDoor } from '../../app/doors/web.ts';
import { EngineService } from '../../main/service/service.ts';
import { PANEL_ROOT } from './build-panel.ts';
import { mappedLanes } from './fake/map-pictures.ts';
import { STORM_VM, StormEngine } from './fake/storm-engine.ts';
import { isChromiumMissing, openPage, rowOf, switchOf, theBrowser } from './open-panel.ts';

const EVENTS_PER_SECOND = 4_000;
const STORM_MS = 5_000;

interface Counted {
  readonly commits: number;
  /** The most that fell into one frame, or between it and the next. */
  readonly most: number;
}

/** Commits of the page by frame, from now on. Runs in the page. */
function countCommits(): void {
  const perFrame = new Map<CSSNumberish | null, number>();
  const mark = performance.mark.bind(performance);
  performance.mark = (name, options) => {
    // The timeline stands still from one frame to the next.
    const frame = document.timeline.currentTime;
    if (name === 'panel commit') perFrame.set(frame, (perFrame.get(frame) ?? 0) + 1);
    return mark(name, options);
  };
  window.counted = () => {
    const counts = [...perFrame.values()];
    return { commits: counts.reduce((sum, one) => sum + one, 0), most: Math.max(0, ...counts) };
  };
}

declare global {
  interface Window {
    counted?: () => Counted;
  }
}

const counted = (page: Page): Promise<Counted> =>
  page.evaluate(() => window.counted?.() ?? { commits: 0, most: 0 });

describe.skipIf(isChromiumMissing)('4 000 events a second on 512 queues', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await theBrowser();
  });

  it('cost at most one commit a frame; none is lost, nothing shifts, and the last of each is on the screen', async () => {
    const engine = new StormEngine(mappedLanes());
    const service = new EngineService({
      engine,
      end: () => engine.end(),
      version: '0.1.0',
      pid: process.pid,
      startedAt: Date.now(),
    });
    const door = await openWebDoor({ service, port: 0, panelRoot: PANEL_ROOT });
    if (!door.ok) throw new Error(door.error.message);
    try {
      await using panel = await openPage(browser, door.value.url);
      const { page } = panel;
      await switchOf(page, `${STORM_VM}/0`).waitFor();
      await engine.run(EVENTS_PER_SECOND, 1_000);
      await page.evaluate(countCommits);
      const sent = await engine.run(EVENTS_PER_SECOND, STORM_MS);
      expect(sent).toBe((EVENTS_PER_SECOND * STORM_MS) / 1_000);
      for (const { index, generation } of engine.queues.slice(0, 16))
        await rowOf(page, `${STORM_VM}/${index}`)
          .locator('[data-cell=notify-region]')
          .filter({ hasText: new RegExp(` g${generation}$`) })
          .waitFor();
      const { commits, most } = await counted(page);
      console.log(`${sent} events: ${commits} commits, at most ${most} in one frame`);
      expect(commits).toBeGreaterThan(10);
      expect(most).toBeLessThanOrEqual(1);
      expect(await page.locator('[data-dropped]').innerText()).toBe('0');
      expect((await panel.watched()).shifts).toEqual([]);
      expect(panel.errors).toEqual([]);
    } finally {
      await door.value.close();
    }
  });
});
