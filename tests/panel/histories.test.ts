/**
 * What must never happen, on the screen: random histories of a real engine's session behind the page, which asks for
 * changes itself and misses, repeats and loses events as the history has it. `DOORBELL_SEED` repeats a run.
 */
import fc from 'fast-check';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { act as anyAct } from '../truth/acts.ts';
import { History, type Act } from '../truth/history.ts';
import { momentOf, wrongs } from '../truth/never.ts';
import { PANEL_ROOT } from './build-panel.ts';
import { HistoryService } from './fake/history-service.ts';
import { PanelServer } from './fake/panel-server.ts';
import { expectedHeadline, expectedRows, watchRules, type ExpectedRow } from './never-in-dom.ts';
import { isChromiumMissing, openPage, switchOf, theBrowser } from './open-panel.ts';

const RUNS = process.env['DOORBELL_SOAK'] === undefined ? 50 : 500;
const seed =
  process.env['DOORBELL_SEED'] === undefined ? Date.now() & 0x7fffffff : Number(process.env['DOORBELL_SEED']);
/** What leads to a queue that its traffic has proven; chance alone is often too slow to get there. */
const PROVEN: readonly Act[] = [
  { do: 'desire', queue: 1, desired: 'accelerated' },
  { do: 'settle' },
  { do: 'sample' },
  { do: 'traffic', queue: 1 },
  { do: 'sample' },
];
const histories = fc
  .tuple(fc.boolean(), fc.array(anyAct, { minLength: 8, maxLength: 20 }))
  .map(([isProven, acts]) => [...(isProven ? PROVEN : []), ...acts]);

/** In a browser that has to share its processor. */
const DRAWN_MS = 10_000;

/** Waits until the rows say what is so; what they say instead, if they never do. */
async function drawn(page: Page, expected: readonly ExpectedRow[]): Promise<readonly string[]> {
  const differences = (rows: readonly ExpectedRow[]) => window.differences?.(rows) ?? ['nothing is drawn'];
  try {
    await page.waitForFunction((rows) => (window.differences?.(rows) ?? ['nothing']).length === 0, expected, {
      timeout: DRAWN_MS,
    });
    return [];
  } catch {
    return page.evaluate(differences, expected);
  }
}

describe.skipIf(isChromiumMissing)(`What must never be seen (seed ${seed})`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await theBrowser();
  });

  it(`is not in ${RUNS} random histories`, { timeout: RUNS * 6_000 }, async () => {
    let server: PanelServer | null = null;
    const service = new HistoryService(new History(), (link) => {
      if (link === 'cut') server?.cut();
      else server?.open();
    });
    server = await PanelServer.start(PANEL_ROOT, service);
    await using panel = await openPage(browser, server.url, { init: watchRules });
    const { page } = panel;
    await switchOf(page, 'vm0/3').waitFor();
    const reached = new Set<string>();
    let clicks = 0;

    const live = async (): Promise<void> => {
      server.open();
      const again = page.getByRole('button', { name: 'Try now' });
      if ((await again.count()) > 0) await again.click({ timeout: 1_000 }).catch(() => undefined);
      await page.locator('[data-link=live]').waitFor();
    };

    /** The page asks where it can, so that its own way to the engine is in the history. */
    const take = async (history: History, act: Act): Promise<void> => {
      if (act.do !== 'desire' || !history.isShown || history.desired[act.queue] === act.desired)
        return history.take(act);
      const asked = service.asked();
      await switchOf(page, `vm0/${act.queue}`).evaluate((element: HTMLElement) => element.click());
      clicks++;
      return asked;
    };

    const look = async (history: History, act: Act): Promise<void> => {
      for (const { phase, evidence } of history.bench.runner.state.queues)
        reached.add(`${phase} ${evidence}`);
      if (history.panel.link.kind === 'lost') {
        await page.locator('[data-link=lost]').waitFor();
        return;
      }
      if (act.do === 'panel-back') await live();
      service.tick();
      if (!history.isShown || !history.isConnected) return;
      expect(await drawn(page, expectedRows(history)), JSON.stringify(act)).toEqual([]);
      expect(await page.locator('[data-headline]').innerText()).toContain(expectedHeadline(history));
    };

    try {
      await fc.assert(
        fc.asyncProperty(histories, async (acts) => {
          await live();
          const one = new History();
          service.begin(one);
          expect(await drawn(page, expectedRows(one))).toEqual([]);
          for (const act of acts) {
            const before = momentOf(one);
            await take(one, act);
            expect(wrongs(one, before, act.do)).toEqual([]);
            await look(one, act);
          }
          one.bench.disconnect();
          expect(await page.evaluate(() => window.seenWrong ?? ['nothing was watched'])).toEqual([]);
        }),
        { seed, numRuns: RUNS, endOnFailure: true },
      );
      // Rules 6 and 8: what was sent is what was pressed, and nothing else but the wish for counters.
      expect(service.heard.filter((name) => name === 'queue.set')).toHaveLength(clicks);
      expect(new Set(service.heard)).toEqual(new Set(['counters.subscribe', 'queue.set']));
      expect(clicks).toBeGreaterThan(RUNS);
      for (const state of ['mapped 3', 'relay 1', 'undoing 0', 'down 0']) expect(reached).toContain(state);
      console.log(
        `seed ${seed}: ${clicks} changes asked on the page, reached ${[...reached].sort().join(', ')}`,
      );
    } finally {
      await server.close();
    }
  });
});
