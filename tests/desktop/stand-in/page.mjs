// A BrowserWindow's contents as one page of Debian's Chromium. The real preload runs in a true isolated world;
// app:// is answered by the real protocol handler, so its content security policy is enforced by Chromium.
import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';
import { isolatedWorldSource, mainWorldSource } from './worlds.mjs';

/** Chromium knows no scheme of ours, so the panel's origin is played by a host that exists nowhere. */
const HOST = 'https://panel.stand-in.invalid';
const WORLD = 'preload';

export const toChromium = (url) => url.replace(/^app:\/\/panel/, HOST);
export const toElectron = (url) => url.replace(HOST, 'app://panel');

let browser;
let endpoint;
async function launch() {
  const port = Number(process.env.STAND_IN_DEBUG_PORT);
  browser ??= chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      `--remote-debugging-port=${port}`,
    ],
  });
  endpoint = `http://127.0.0.1:${port}`;
  return browser;
}
export const debugEndpoint = () => endpoint;
export async function closeBrowser() {
  await (await browser)?.close();
}

/** Emits `ipc` (channel, args, frame), `navigate` (event with url and preventDefault), `popup` (url). */
export class ChromiumPage extends EventEmitter {
  #page;
  #client;
  #world = null;
  #waiting = [];

  /** `handler(scheme)` finds what `protocol.handle` registered. */
  async open(preloadFile, size, handler) {
    const context = await (await launch()).newContext({ viewport: size });
    this.#page = await context.newPage();
    this.#client = await context.newCDPSession(this.#page);
    await this.#client.send('Runtime.enable');
    await this.#client.send('Page.enable');
    this.#client.on('Runtime.executionContextCreated', ({ context: created }) => {
      if (created.name !== WORLD) return;
      this.#world = created.id;
      for (const message of this.#waiting.splice(0)) this.#deliver(message);
    });
    this.#client.on('Runtime.executionContextsCleared', () => (this.#world = null));
    this.#client.on('Runtime.bindingCalled', ({ name, payload }) => {
      if (name !== '__standInSend') return;
      const { channel, args } = JSON.parse(payload);
      this.emit('ipc', channel, args, toElectron(this.#page.url()));
    });
    await this.#client.send('Runtime.addBinding', { name: '__standInSend', executionContextName: WORLD });
    await this.#client.send('Page.addScriptToEvaluateOnNewDocument', { source: mainWorldSource });
    await this.#client.send('Page.addScriptToEvaluateOnNewDocument', {
      source: isolatedWorldSource(await readFile(preloadFile, 'utf8')),
      worldName: WORLD,
    });
    await context.route('**/*', (route) => this.#answer(route, handler));
    this.#client.on('Page.windowOpen', ({ url }) => this.emit('popup', toElectron(url)));
    context.on('page', (page) => {
      if (page !== this.#page) void page.close();
    });
  }

  async #answer(route, handler) {
    const request = route.request();
    const url = toElectron(request.url());
    if (request.isNavigationRequest() && this.#page.url() !== 'about:blank') {
      let allowed = true;
      this.emit('navigate', { url, preventDefault: () => (allowed = false) });
      // No content: Chromium stays where it is, as Electron does after preventDefault.
      if (!allowed) return route.fulfill({ status: 204 });
    }
    const answer = handler(new URL(url).protocol.slice(0, -1));
    if (answer === undefined) return route.abort('addressunreachable');
    const response = await answer(new Request(url, { method: request.method() }));
    return route.fulfill({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: Buffer.from(await response.arrayBuffer()),
    });
  }

  async load(url) {
    await this.#page.goto(toChromium(url));
  }

  send(channel, args) {
    const message = { channel, args };
    if (this.#world === null) this.#waiting.push(message);
    else this.#deliver(message);
  }

  #deliver({ channel, args }) {
    const expression = `globalThis.__standInDeliver(${JSON.stringify(channel)}, ${JSON.stringify(args)})`;
    // The page may be gone by the time the message arrives, as in Electron.
    this.#client.send('Runtime.evaluate', { expression, contextId: this.#world }).catch(() => undefined);
  }

  async close() {
    await this.#page?.context().close();
  }
}
