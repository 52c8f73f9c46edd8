/** What axe objects to on a page, theme by theme. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';

declare global {
  interface Window {
    readonly axe: typeof axe;
  }
}

/** Nothing but colours may change from one to the next, and every one is reached in place. */
const THEMES = [
  { name: 'dark', media: { colorScheme: 'dark', forcedColors: 'none' } },
  { name: 'light', media: { colorScheme: 'light', forcedColors: 'none' } },
  { name: 'forced colours', media: { colorScheme: 'dark', forcedColors: 'active' } },
] as const;

/** Rules that look at colours; the others have seen everything in the first theme. */
const OF_COLOUR = ['color-contrast', 'link-in-text-block'];

function objections(page: Page, part: string, rules: readonly string[] | null): Promise<readonly string[]> {
  return page.evaluate(
    async ({ part, rules }) => {
      const { violations } = await window.axe.run(part, {
        resultTypes: ['violations'],
        // What is reported is the element itself.
        selectors: false,
        ...(rules === null ? {} : { runOnly: { type: 'rule', values: [...rules] } }),
      });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`),
      );
    },
    { part, rules },
  );
}

/** Lines that name theme, rule and element; none where there is nothing to object to. `part`: a selector. */
export async function violationsOf(page: Page, part = 'html'): Promise<readonly string[]> {
  if (await page.evaluate(() => !('axe' in window))) await page.evaluate(axe.source);
  const found: string[] = [];
  for (const { name, media } of THEMES) {
    await page.emulateMedia(media);
    await page.locator(`html[data-theme=${media.colorScheme}]`).waitFor({ state: 'attached' });
    const rules = name === 'dark' ? null : OF_COLOUR;
    for (const line of await objections(page, part, rules)) found.push(`${name}: ${line}`);
  }
  await page.emulateMedia(THEMES[0].media);
  return found;
}
