// A page that nobody watches. The debugger of a test tool is told of everything that comes over a page's sockets, and tells
// it on, each frame written out once more in the renderer, the browser and the tool: on two CPUs that took as long as the
// panel itself. Here the debugger is asked to evaluate and to move the pointer, and for nothing else.

/** Of one target of a browser, in sight and in focus. `browser`: of playwright-core, which starts and ends it. */
export async function openUnwatched(browser, url, { width, height }) {
  const session = await browser.newBrowserCDPSession();
  const { targetId } = await session.send('Target.createTarget', { url: 'about:blank' });
  // A session that is not flat is ours alone: the tool would take its messages for those of a page that it does not know.
  const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false });
  const page = new UnwatchedPage(session, sessionId);
  await page.send('Runtime.enable');
  await page.send('Emulation.setDeviceMetricsOverride', {
    width,
    height,
    deviceScaleFactor: 1,
    mobile: false,
  });
  await page.send('Emulation.setFocusEmulationEnabled', { enabled: true });
  await page.send('Page.navigate', { url });
  return page;
}

class UnwatchedPage {
  /** What was thrown in the page and caught by nobody. */
  errors = [];
  #session;
  #sessionId;
  #waiting = new Map();
  #nextId = 1;

  constructor(session, sessionId) {
    this.#session = session;
    this.#sessionId = sessionId;
    session.on('Target.receivedMessageFromTarget', (event) => {
      if (event.sessionId === sessionId) this.#onMessage(JSON.parse(event.message));
    });
  }

  /** One command of the DevTools protocol, to this page. */
  async send(method, params = {}) {
    const id = this.#nextId++;
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    const message = JSON.stringify({ id, method, params });
    await this.#session.send('Target.sendMessageToTarget', { sessionId: this.#sessionId, message });
    return answer;
  }

  /** What `fn(arg)` returns or resolves with inside the page. It is sent there as text and can use nothing else. */
  async evaluate(fn, arg = null) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', {
      expression: `(${fn})(${JSON.stringify(arg)})`,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined)
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Resolves with what `fn(arg)` says once that is true, asked once in each frame. */
  waitFor(fn, arg = null, timeoutMs = 30_000) {
    return this.evaluate(
      `
      ([arg, timeoutMs]) => new Promise((resolve, reject) => {
        const until = performance.now() + timeoutMs;
        const look = () => {
          const is = (${fn})(arg);
          if (is) resolve(is);
          else if (performance.now() > until) reject(new Error('waited in vain'));
          else requestAnimationFrame(look);
        };
        look();
      })`,
      [arg, timeoutMs],
    );
  }

  /** `kind`: mousePressed, mouseReleased, mouseMoved. */
  async mouse(kind, x, y) {
    const button = kind === 'mouseMoved' ? 'none' : 'left';
    await this.send('Input.dispatchMouseEvent', { type: kind, x, y, button, clickCount: 1 });
  }

  #onMessage({ id, method, params, result, error }) {
    if (method === 'Runtime.exceptionThrown')
      this.errors.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    if (error === undefined) waiting.resolve(result);
    else waiting.reject(new Error(error.message));
  }
}
