// The built panel in a browser over an engine of the bench, which is a process of its own as the real one is.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { Unmeasurable } from '../errors.mjs';
import { Leg } from '../processes.mjs';
import { bundled } from '../programs.mjs';
import { openUnwatched } from './page.mjs';

const CHROMIUM = '/usr/bin/chromium';
const PANEL = resolve(import.meta.dirname, '../../dist/renderer');

/** Opens `at` of the panel, lets `use({page, storm})` measure, and ends all of it. */
export async function withPanel(at, use) {
  if (!existsSync(CHROMIUM)) throw new Unmeasurable('missing: chromium (apt-get install chromium)');
  const leg = new Leg();
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const engine = leg.start(process.execPath, [await bundled('panel-storm'), PANEL]);
    const [line] = await engine.saw(/^\{"url".*$/m);
    const url = `${JSON.parse(line).url}&${at}`;
    const page = await openUnwatched(browser, url, { width: 1440, height: 900 });
    const storm = async (perSecond, ms) => {
      const after = engine.stdout.length;
      engine.write(`storm ${perSecond} ${ms}\n`);
      const [answer] = await engine.saw(/^\{"storm".*\n/m, { after, timeoutMs: ms + 60_000 });
      return JSON.parse(answer).storm;
    };
    const result = await use({ page, storm });
    if (page.errors.length > 0) throw new Error(`the panel failed: ${page.errors[0]}`);
    return result;
  } finally {
    await browser.close();
    await leg.end();
  }
}

/** Of sorted numbers. */
export const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

export const sorted = (values) => values.toSorted((a, b) => a - b);
