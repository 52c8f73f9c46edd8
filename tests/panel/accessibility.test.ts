import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demo, empty, everyState, fleet } from './fake/fleet.ts';
import {
  isChromiumMissing,
  launch,
  openPanel,
  switchOf,
  type OpenOptions,
  type OpenPanel,
} from './open-panel.ts';

interface Scene {
  readonly name: string;
  readonly picture: typeof demo;
  readonly options?: OpenOptions;
  /** Brings the panel into its state. */
  readonly reach: (panel: OpenPanel) => Promise<void>;
}

const SCENES: readonly Scene[] = [
  {
    name: 'every state of a queue',
    picture: everyState,
    reach: ({ page }) => page.getByText('moving').first().waitFor(),
  },
  { name: '512 queues', picture: fleet, reach: ({ page }) => switchOf(page, 'web-01/5').waitFor() },
  { name: 'all simulated', picture: demo, reach: ({ page }) => page.getByText('Simulated guest').waitFor() },
  {
    name: 'the drawer with its chart',
    picture: everyState,
    options: { at: '/queues/web-01/0' },
    reach: ({ page }) => page.locator('.recharts-surface').waitFor(),
  },
  {
    name: 'the drawer of a fallback, its minute as a table',
    picture: everyState,
    options: { at: '/queues/web-01/5' },
    reach: ({ page }) => page.getByRole('button', { name: 'as table' }).click(),
  },
  {
    name: 'devices',
    picture: everyState,
    options: { at: '/devices' },
    reach: ({ page }) => page.getByText('emu0').first().waitFor(),
  },
  {
    name: 'several selected',
    picture: demo,
    reach: async ({ page }) => {
      await switchOf(page, 'lab/0').waitFor();
      for (const key of ['ArrowDown', 'x', 'ArrowDown', 'x']) await page.keyboard.press(key);
      await page.getByText('2 queues selected').waitFor();
    },
  },
  {
    name: 'the preview of a change of many',
    picture: fleet,
    reach: async ({ page }) => {
      await switchOf(page, 'web-01/5').waitFor();
      await page.getByRole('checkbox', { name: 'select every queue that is shown' }).check();
      await page.keyboard.press('Control+Enter');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'a phone’s width',
    picture: everyState,
    options: { width: 320, height: 640 },
    reach: ({ page }) => switchOf(page, 'web-01/5').waitFor(),
  },
  {
    name: 'the events',
    picture: everyState,
    reach: ({ page }) => page.getByRole('button', { name: /^Events/ }).click(),
  },
  {
    name: 'the keys',
    picture: demo,
    reach: async ({ page }) => {
      await switchOf(page, 'lab/0').waitFor();
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'no endpoint',
    picture: empty,
    reach: ({ page }) => page.getByText('No endpoint is configured').waitFor(),
  },
  {
    name: 'nothing matches',
    picture: demo,
    reach: async ({ page }) => {
      await page.getByRole('searchbox').fill('nowhere');
      await page.getByText('No queue matches').waitFor();
    },
  },
  {
    name: 'loading',
    picture: demo,
    options: { prepare: (service) => void (service.behaviour.silent = true) },
    reach: ({ page }) => page.getByRole('status', { name: /first picture/ }).waitFor(),
  },
  {
    name: 'never reached',
    picture: demo,
    options: { withoutToken: true },
    reach: ({ page }) => page.getByText('The engine was not reached').waitFor(),
  },
  {
    name: 'disconnected',
    picture: everyState,
    reach: async ({ page, server }) => {
      await page.getByText('moving').first().waitFor();
      server.cut();
      await page.getByText('Not live.').waitFor();
    },
  },
  {
    name: 'silent',
    picture: everyState,
    reach: async ({ page, service }) => {
      await page.getByText('moving').first().waitFor();
      service.behaviour.silent = true;
      await page.getByText('The engine is silent.').waitFor({ timeout: 15_000 });
    },
  },
  {
    name: 'read-only',
    picture: demo,
    reach: async ({ page }) => {
      await page.getByRole('switch', { name: 'Read-only' }).click();
      await page.locator('tr [role=switch][aria-disabled=true]').first().waitFor();
    },
  },
];

/** The other theme is reached in place: nothing else may change with it. */
const THEMES = ['dark', 'light'] as const;

/** What axe objects to, as lines that name the element. */
async function violationsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`),
    );
  });
}

declare global {
  interface Window {
    readonly axe: typeof axe;
  }
}

describe.skipIf(isChromiumMissing)('accessibility', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  it.each(SCENES)(
    '$name, dark and light: nothing for axe to object to',
    async ({ picture, options, reach }) => {
      await using panel = await openPanel(browser, picture(), options);
      await reach(panel);
      for (const theme of THEMES) {
        await panel.page.emulateMedia({ colorScheme: theme });
        await panel.page.locator(`html[data-theme=${theme}]`).waitFor({ state: 'attached' });
        expect(await violationsOf(panel.page), theme).toEqual([]);
      }
      expect((await panel.watched()).policy).toEqual([]);
      expect(panel.errors).toEqual([]);
    },
  );

  it('the switch is heard with what was wanted and what is so', async () => {
    await using panel = await openPanel(browser, everyState());
    const row = switchOf(panel.page, 'web-01/5');
    await row.waitFor();
    expect(await row.getAttribute('aria-label')).toBe('web-01 q5 tx accelerated');
    expect(await row.getAttribute('aria-checked')).toBe('true');
    const described = await row.evaluate((element) => {
      const id = element.getAttribute('aria-describedby') ?? '';
      const cell = document.getElementById(id);
      return `${cell?.textContent ?? ''} ${cell?.querySelector('[role=img]')?.getAttribute('aria-label') ?? ''}`;
    });
    expect(described).toBe('FELL BACK evidence: asked, acknowledged');
  });

  it('with reduced motion nothing is animated', async () => {
    await using panel = await openPanel(browser, everyState(), {
      reducedMotion: true,
      at: '/queues/web-01/0',
    });
    await panel.page.locator('.recharts-surface').waitFor();
    await switchOf(panel.page, 'lab/2').click();
    expect(
      await panel.page.evaluate(
        () => document.getAnimations().filter((one) => one.playState === 'running').length,
      ),
    ).toBe(0);
  });
});
