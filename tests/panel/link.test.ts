import type { Browser } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { demo, everyState, fleet, mapped, queueRecord } from './fake/fleet.ts';
import { cellOf, isChromiumMissing, openPanel, switchOf, wordOf, theBrowser } from './open-panel.ts';

describe.skipIf(isChromiumMissing)('the link to the engine', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await theBrowser();
  });

  it.concurrent(
    'lost: values stand still and muted with their age, controls say why; back: what changed meanwhile',
    async () => {
      await using panel = await openPanel(browser, demo());
      const { page, server, service } = panel;
      await cellOf(page, 'lab/1', 'kicks').getByText(/\d/).waitFor();
      server.cut();
      await page.getByText('Not live.').waitFor();
      const frozen = await cellOf(page, 'lab/1', 'kicks').innerText();
      expect(await switchOf(page, 'lab/1').getAttribute('aria-disabled')).toBe('true');
      expect(await switchOf(page, 'lab/1').getAttribute('title')).toContain('frozen');
      expect(await page.locator('[data-link]').innerText()).toMatch(/^Engine lost/);
      await page.waitForTimeout(1_200);
      expect(await cellOf(page, 'lab/1', 'kicks').innerText()).toBe(frozen);
      const hue = await wordOf(page, 'lab/1')
        .locator('svg')
        .evaluate((svg) => getComputedStyle(svg).color);
      expect(hue).toBe('rgb(154, 164, 178)');

      service.setQueue('lab', mapped(1));
      server.open();
      await page.getByText('Changed while away: lab q1: SW, now ACC.').waitFor({ timeout: 15_000 });
      expect(await switchOf(page, 'lab/1').getAttribute('aria-disabled')).toBe('false');
      expect(await wordOf(page, 'lab/1').innerText()).toBe('ACC');
    },
  );

  it('one dropped event is noticed, counted, and the picture is whole again within a second', async () => {
    await using panel = await openPanel(browser, demo());
    const { page, service } = panel;
    await switchOf(page, 'lab/1').waitFor();
    service.dropNext(1);
    service.setQueue('lab', mapped(0));
    const started = Date.now();
    service.setQueue('lab', mapped(1));
    await page.locator('tr[data-queue="lab/0"] [data-word="ACC"]').waitFor();
    expect(Date.now() - started).toBeLessThan(1_000);
    expect(await page.locator('[data-dropped]').innerText()).toBe('1');
  });

  it.concurrent('an engine that is connected but silent is not shown as live', async () => {
    await using panel = await openPanel(browser, demo());
    const { page, service } = panel;
    await switchOf(page, 'lab/1').waitFor();
    service.behaviour.silent = true;
    await page.getByText('The engine is silent.').waitFor({ timeout: 15_000 });
    expect(await switchOf(page, 'lab/1').getAttribute('aria-disabled')).toBe('true');
    service.behaviour.silent = false;
    await page.getByText('The engine is silent.').waitFor({ state: 'detached', timeout: 15_000 });
    expect(await switchOf(page, 'lab/1').getAttribute('aria-disabled')).toBe('false');
  });

  it.concurrent(
    'the token leaves the address at once, and a reload comes back to the same queue',
    async () => {
      await using panel = await openPanel(browser, demo(), { at: '/queues/lab/1' });
      const { page } = panel;
      await page.getByRole('complementary', { name: 'Queue lab q1' }).waitFor();
      expect(page.url()).toMatch(/\/#\/queues\/lab\/1$/);
      await page.reload();
      await page.getByRole('complementary', { name: 'Queue lab q1' }).getByText('Path now').waitFor();
    },
  );

  it.concurrent('a page without its token says what to open instead', async () => {
    await using panel = await openPanel(browser, demo(), { withoutToken: true });
    await panel.page.getByText('This page was opened without its token.').waitFor();
    expect(await panel.page.getByText('it ends in #token=').count()).toBe(1);
  });

  it.concurrent(
    'looking at every screen and drawer changes nothing: only counters are asked for',
    async () => {
      await using panel = await openPanel(browser, everyState());
      const { page, service } = panel;
      await switchOf(page, 'lab/1').waitFor();
      for (const at of ['#/devices', '#/queues/web-01/5', '#/queues/web-01/9', '#/queues']) {
        await page.evaluate((hash) => void (window.location.hash = hash), at);
        await page.waitForTimeout(300);
      }
      expect([...new Set(service.heard)]).toEqual(['counters.subscribe']);
    },
  );

  it('bursts of 200 changed records, each in a frame of its own: none lost, the last state on the screen', async () => {
    await using panel = await openPanel(browser, fleet());
    const { page, service } = panel;
    await switchOf(page, 'web-01/5').waitFor();
    for (let burst = 0; burst < 60; burst++) {
      for (let index = 0; index < 200; index++) {
        const make = (burst + index) % 2 === 0 ? queueRecord : mapped;
        service.setQueue('mail-03', make(index % 64));
      }
      await page.waitForTimeout(50);
    }
    for (const index of [0, 1, 2, 3]) service.setQueue('web-01', queueRecord(index));
    await page.locator('tr[data-queue="web-01/0"] [data-word="SW"]').waitFor();
    expect(await page.locator('[data-dropped]').innerText()).toBe('0');
    const accelerated = service.picture.sessions
      .flatMap(({ queues }) => queues)
      .filter(({ phase }) => phase === 'mapped').length;
    await page.locator('[data-chip="accelerated"]').getByText(String(accelerated)).waitFor();
  });
});
