/**
 * One page of Debian's Chromium on the built panel, with what must never happen watched from its first moment:
 * policy violations, script errors and layout shifts.
 */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { EngineSnapshot } from '../../app/contract/snapshot.ts';
import { PANEL_ROOT } from './build-panel.ts';
import { FakeService } from './fake/fake-service.ts';
import { PanelServer } from './fake/panel-server.ts';

const CHROMIUM = '/usr/bin/chromium';

/** Without the browser these tests prove nothing: they say so, and CI does not accept it. */
export const isChromiumMissing = ((): boolean => {
  if (existsSync(CHROMIUM)) return false;
  if (process.env['CI'] !== undefined && process.env['CI'] !== '')
    throw new Error('chromium is missing: apt-get install chromium');
  console.log('skipped: chromium');
  return true;
})();

const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

let started: Promise<Browser> | null = null;

/**
 * One for all files of a run, since starting one costs more than many a test; each page has a context of its own. It ends
 * with the process.
 */
export async function theBrowser(): Promise<Browser> {
  started ??= launch();
  const browser = await started;
  if (browser.isConnected()) return browser;
  started = launch();
  return started;
}

export interface Watched {
  readonly policy: readonly string[];
  /** What the browser saw shift without the operator's doing: its score and the elements. */
  readonly shifts: readonly string[];
}

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** Script errors and console errors that the test did not cause. */
  readonly errors: readonly string[];
  watched(): Promise<Watched>;
}

export interface OpenPanel extends OpenPage {
  readonly service: FakeService;
  readonly server: PanelServer;
}

/** How a page is looked at. */
export interface PageOptions {
  readonly theme?: 'dark' | 'light';
  readonly width?: number;
  readonly height?: number;
  readonly reducedMotion?: boolean;
  /** Runs in the page before anything of it does. */
  readonly init?: () => void;
}

export interface OpenOptions extends PageOptions {
  /** Where in the panel, such as `/queues/lab/1`. */
  readonly at?: string;
  /** Leaves the token out of the link. */
  readonly withoutToken?: boolean;
  /** Between two readings of the counters; the engine's own pace by default. */
  readonly tickMs?: number;
  /** Before the page is opened. */
  readonly prepare?: (service: FakeService, server: PanelServer) => void;
}

declare global {
  interface Window {
    panelWatch?: { policy: string[]; shifts: string[] };
  }
}

/** A page of any panel, at its whole address. */
export async function openPage(
  browser: Browser,
  address: string,
  options: PageOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
    colorScheme: options.theme ?? 'dark',
    reducedMotion: options.reducedMotion === true ? 'reduce' : 'no-preference',
  });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    // The browser itself reports every refused WebSocket; cutting the link is what some tests do.
    if (message.type() === 'error' && !message.text().startsWith('WebSocket connection'))
      errors.push(message.text());
  });
  await page.addInitScript(watchFromTheStart);
  if (options.init !== undefined) await page.addInitScript(options.init);
  await page.goto(address);
  return {
    page,
    errors,
    watched: () =>
      page.evaluate(
        () => window.panelWatch ?? { policy: ['nothing was watched'], shifts: ['nothing was watched'] },
      ),
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** A page of the panel over a fake service that shows `picture`. */
export async function openPanel(
  browser: Browser,
  picture: EngineSnapshot,
  options: OpenOptions = {},
): Promise<OpenPanel> {
  const service = new FakeService(picture, options.tickMs);
  const server = await PanelServer.start(PANEL_ROOT, service);
  options.prepare?.(service, server);
  const link = options.withoutToken === true ? server.url.replace(/#.*/, '') : server.url;
  const page = await openPage(browser, options.at === undefined ? link : `${link}&${options.at}`, options);
  return {
    ...page,
    service,
    server,
    async [Symbol.asyncDispose]() {
      await page[Symbol.asyncDispose]();
      await server.close();
      service.close();
    },
  };
}

/** Runs in the page. */
function watchFromTheStart(): void {
  const watch: { policy: string[]; shifts: string[] } = { policy: [], shifts: [] };
  window.panelWatch = watch;
  document.addEventListener('securitypolicyviolation', (event) => {
    watch.policy.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!('hadRecentInput' in entry) || entry.hadRecentInput === true) continue;
      const sources: unknown = 'sources' in entry ? entry.sources : [];
      const names = Array.isArray(sources)
        ? sources.map((source: { node?: Node | null; previousRect?: DOMRect; currentRect?: DOMRect }) => {
            const element = source.node instanceof Element ? source.node : source.node?.parentElement;
            const text = element?.textContent.slice(0, 40) ?? '';
            return `${text}: ${JSON.stringify(source.previousRect)} to ${JSON.stringify(source.currentRect)}`;
          })
        : [];
      watch.shifts.push(`${'value' in entry ? String(entry.value) : '?'} ${names.join(' | ')}`);
    }
  }).observe({ type: 'layout-shift', buffered: true });
}

/** The row of one queue, by the address of its record. */
export const rowOf = (page: Page, key: string) => page.locator(`tr[data-queue="${key}"]`);
export const switchOf = (page: Page, key: string) => rowOf(page, key).getByRole('switch');
export const cellOf = (page: Page, key: string, cell: string) =>
  rowOf(page, key).locator(`[data-cell="${cell}"]`);
export const wordOf = (page: Page, key: string) => rowOf(page, key).locator('[data-word]');
