import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { PANEL_ROOT } from './build-panel.ts';
import { demo, everyState, fleet } from './fake/fleet.ts';
import { isChromiumMissing, openPanel, switchOf, theBrowser } from './open-panel.ts';

describe.skipIf(isChromiumMissing)('the first screen', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await theBrowser();
  });

  it('weighs at most 300 KB compressed, fonts included, and loads no chart', async () => {
    await using panel = await openPanel(browser, demo());
    await switchOf(panel.page, 'lab/1').waitFor();
    const loaded = await panel.page.evaluate(() =>
      performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname),
    );
    const sizes = await Promise.all(
      ['/index.html', ...loaded].map(
        async (path) => gzipSync(await readFile(join(PANEL_ROOT, path))).byteLength,
      ),
    );
    expect(loaded.some((path) => path.includes('RatesChart'))).toBe(false);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(300 * 1024);
  });

  it('every address in the built page is relative, so both shells can serve it', async () => {
    const html = await readFile(join(PANEL_ROOT, 'index.html'), 'utf8');
    const addresses = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(addresses.length).toBeGreaterThan(2);
    expect(addresses.filter((address) => !address.startsWith('./'))).toEqual([]);
    expect(html).not.toMatch(/<style|style="|<script(?![^>]*src)/);
    expect((await readdir(join(PANEL_ROOT, 'assets'))).filter((name) => name.endsWith('.woff2')).length).toBe(
      2,
    );
  });

  it('nothing shifts while loading, changing, losing the engine and finding it again', async () => {
    await using panel = await openPanel(browser, everyState(), {
      prepare: (service) => void (service.behaviour.stepMs = 400),
    });
    const { page, server } = panel;
    await switchOf(page, 'lab/1').waitFor();
    await page.waitForTimeout(2_500);
    await switchOf(page, 'lab/2').focus();
    await page.keyboard.press('Space');
    await page.waitForTimeout(3_000);
    server.cut();
    await page.getByText('Not live.').waitFor();
    await page.waitForTimeout(1_000);
    server.open();
    await page.getByText('Live again').waitFor({ timeout: 15_000 });
    await page.waitForTimeout(1_000);
    expect((await panel.watched()).shifts).toEqual([]);
    expect(panel.errors).toEqual([]);
  });

  it('the policy holds while everything is opened: drawer, chart, table, events, keys', async () => {
    await using panel = await openPanel(browser, fleet(), { at: '/queues/web-01/5' });
    const { page } = panel;
    await page.locator('.recharts-surface').waitFor();
    await page.getByRole('button', { name: 'as table' }).click();
    await page.getByRole('button', { name: /^Events/ }).click();
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('table[role=grid]').evaluate((table) => table.parentElement?.scrollBy(0, 4_000));
    await page.waitForTimeout(500);
    expect((await panel.watched()).policy).toEqual([]);
    expect(panel.errors).toEqual([]);
  });
});
