/**
 * The real main bundle and the real preload, started under the strict Electron stand-in; its window is a page
 * of Chromium that the test reaches over the debugging port.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

const STAND_IN = resolve(import.meta.dirname, 'stand-in/register.mjs');

export interface ShellEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface ShellOptions {
  /** The folder that holds `dist/electron.mjs`: the repository or an unpacked archive. */
  readonly root: string;
  readonly args?: readonly string[];
  /** What the session bus says about a tray; null = no session bus at all. */
  readonly tray?: boolean | null;
  readonly secondInstance?: boolean;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export class DesktopShell {
  readonly home: string;
  readonly #child: ChildProcess;
  readonly #events: ShellEvent[] = [];
  #wake: () => void = () => undefined;
  #browser: Browser | null = null;
  #output = '';
  #exitCode: number | null = null;

  private constructor(home: string, child: ChildProcess) {
    this.home = home;
    this.#child = child;
    child.on('message', (message) => {
      this.#events.push(JSON.parse(JSON.stringify(message)) as ShellEvent);
      this.#wake();
    });
    child.stdout?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    child.on('exit', (code) => {
      this.#exitCode = code ?? -1;
      this.#wake();
    });
  }

  static async start(options: ShellOptions): Promise<DesktopShell> {
    const home = await mkdtemp(join(tmpdir(), 'doorbell-desktop-'));
    const bin = join(home, 'bin');
    await mkdir(bin);
    const tray = options.tray ?? null;
    await writeFile(
      join(bin, 'gdbus'),
      tray === null ? '#!/bin/sh\nexit 1\n' : `#!/bin/sh\necho "(${tray},)"\n`,
      { mode: 0o755 },
    );
    const child = fork(join(options.root, 'dist/electron.mjs'), [...(options.args ?? [])], {
      execArgv: ['--import', STAND_IN],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...process.env,
        PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
        XDG_RUNTIME_DIR: home,
        XDG_CONFIG_HOME: join(home, 'config'),
        STAND_IN_HOME: home,
        STAND_IN_DEBUG_PORT: String(await freePort()),
        ...(options.secondInstance === true ? { STAND_IN_SECOND: '1' } : {}),
      },
    });
    return new DesktopShell(home, child);
  }

  /** The next event of this name that was not yet taken; fails with the output after the deadline. */
  async waitFor(event: string, timeoutMs = 20_000): Promise<ShellEvent> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const at = this.#events.findIndex((item) => item.event === event);
      if (at >= 0) {
        const [found] = this.#events.splice(at, 1);
        if (found !== undefined) return found;
      }
      const left = deadline - Date.now();
      if (left <= 0 || (this.#exitCode !== null && event !== 'exit'))
        throw new Error(`no "${event}" (exit ${this.#exitCode ?? 'none'}):\n${this.#output}`);
      await new Promise<void>((done) => {
        const timer = setTimeout(done, left);
        this.#wake = () => {
          clearTimeout(timer);
          done();
        };
      });
    }
  }

  /** What a person does: close, answer a dialog, click the tray, start Doorbell again… */
  act(action: string, detail: Record<string, unknown> = {}): void {
    this.#child.send({ action, ...detail });
  }

  /** Waits until the window has loaded and attaches to it. */
  async page(): Promise<Page> {
    const { endpoint } = await this.waitFor('loaded');
    this.#browser = await chromium.connectOverCDP(String(endpoint));
    const page = this.#browser.contexts().flatMap((context) => context.pages())[0];
    if (page === undefined) throw new Error('the window has no page');
    return page;
  }

  async exited(timeoutMs: number): Promise<number> {
    const deadline = Date.now() + timeoutMs;
    while (this.#exitCode === null) {
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`still running:\n${this.#output}`);
      await new Promise<void>((done) => {
        const timer = setTimeout(done, left);
        this.#wake = () => {
          clearTimeout(timer);
          done();
        };
      });
    }
    return this.#exitCode;
  }

  get output(): string {
    return this.#output;
  }

  async stop(): Promise<void> {
    await this.#browser?.close().catch(() => undefined);
    if (this.#exitCode === null) this.#child.kill('SIGKILL');
    await rm(this.home, { recursive: true, force: true });
  }
}
