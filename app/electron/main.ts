/**
 * The desktop shell: one engine, one window on it, and a life without the window. Everything that can be
 * decided without Electron is decided elsewhere (close-question, engine-watch); this file joins the parts.
 */
import { join } from 'node:path';
import type { BrowserWindow } from 'electron';
import { app, dialog, ipcMain, Notification } from 'electron';
import { startDesktopEngine, type DesktopEngine } from './engine.ts';
import { closeQuestion } from './close-question.ts';
import { EngineWatch } from './engine-watch.ts';
import { denyPermissions, installGuards } from './guards.ts';
import { PANEL_ORIGIN, registerPanelScheme, servePanel } from './panel-protocol.ts';
import { openTray, type EngineTray } from './tray.ts';
import { isTrayAvailable } from './tray-probe.ts';
import { openWindow, rememberedSize } from './window.ts';
import { openIpcDoor, type IpcDoor } from '../doors/ipc.ts';

/** Bundled beside each other: main bundle, preload, panel, icons. */
const BESIDE = import.meta.dirname;

class DesktopShell {
  readonly #engine: DesktopEngine;
  readonly #watch = new EngineWatch();
  readonly #trayAvailable: boolean;
  readonly #sizeFile = join(app.getPath('userData'), 'window.json');
  #door: IpcDoor | null = null;
  #tray: EngineTray | null = null;
  #window: BrowserWindow | null = null;
  #asking = false;
  #ending = false;

  constructor(engine: DesktopEngine, trayAvailable: boolean) {
    this.#engine = engine;
    this.#trayAvailable = trayAvailable;
  }

  async open(): Promise<void> {
    servePanel(join(BESIDE, 'renderer'));
    this.#door = openIpcDoor({
      ipcMain,
      service: this.#engine.service,
      origin: PANEL_ORIGIN,
      onRefused: (url) => console.error(`refused a message from ${url}`),
    });
    this.#engine.service.connect().onState((event) => {
      for (const fallback of this.#watch.apply(event))
        this.#tellFallback(fallback.session, fallback.queue.index, fallback.queue.reason?.message);
      const load = this.#watch.load();
      this.#tray?.show(load);
      app.setBadgeCount(load.fellBack);
    });
    void this.#engine.ended.then(() => this.end());
    await this.openPanel();
  }

  async openPanel(): Promise<void> {
    if (this.#window !== null) {
      if (this.#window.isMinimized()) this.#window.restore();
      this.#window.show();
      this.#window.focus();
      return;
    }
    this.#window = openWindow({
      preload: join(BESIDE, 'preload.cjs'),
      sizeFile: this.#sizeFile,
      size: await rememberedSize(this.#sizeFile),
      mayClose: () => this.#mayClose(),
    });
    this.#window.webContents.once('did-finish-load', () => console.log('doorbell: window ready'));
    this.#window.on('closed', () => (this.#window = null));
  }

  /** Withdraws every mapping, then ends the process; at most two seconds. */
  async end(): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    await this.#engine.end();
    this.#door?.close();
    this.#tray?.destroy();
    app.exit(0);
  }

  #mayClose(): boolean {
    if (this.#ending) return true;
    const question = closeQuestion({ ...this.#watch.load(), trayAvailable: this.#trayAvailable });
    if (this.#engine.attached || question === null) {
      void this.end();
      return false;
    }
    if (!this.#asking && this.#window !== null) void this.#ask(this.#window, question);
    return false;
  }

  async #ask(window: BrowserWindow, question: NonNullable<ReturnType<typeof closeQuestion>>): Promise<void> {
    this.#asking = true;
    const { response } = await dialog.showMessageBox(window, {
      type: 'question',
      message: question.message,
      detail: question.detail,
      buttons: question.answers.map((answer) => answer.label),
      defaultId: 0,
      cancelId: question.answers.findIndex((answer) => answer.choice === 'keep-window'),
      noLink: true,
    });
    this.#asking = false;
    switch (question.answers[response]?.choice) {
      case 'go-on-in-tray':
        this.#tray ??= openTray({
          icon: join(BESIDE, 'tray.png'),
          openPanel: () => void this.openPanel(),
          end: () => void this.end(),
        });
        this.#tray.show(this.#watch.load());
        window.hide();
        return;
      case 'withdraw-and-end':
        return this.end();
      case 'keep-window':
      case undefined:
        return;
    }
  }

  #tellFallback(session: string, queue: number, reason: string | undefined): void {
    if (this.#window?.isVisible() === true || !Notification.isSupported()) return;
    const notification = new Notification({
      title: `${session} q${queue} fell back`,
      body: reason ?? 'It runs other than asked.',
    });
    notification.on('click', () => void this.openPanel());
    notification.show();
  }
}

async function start(): Promise<void> {
  await app.whenReady();
  denyPermissions();
  const engine = await startDesktopEngine(process.argv);
  if (!engine.ok) {
    dialog.showErrorBox('Doorbell cannot start', engine.error);
    console.error(engine.error);
    app.exit(1);
    return;
  }
  const shell = new DesktopShell(engine.value, await isTrayAvailable());
  app.on('second-instance', () => void shell.openPanel());
  app.on('window-all-closed', () => undefined);
  app.on('before-quit', (event) => {
    event.preventDefault();
    void shell.end();
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void shell.end());
  await shell.open();
}

if (app.requestSingleInstanceLock()) {
  registerPanelScheme();
  installGuards();
  void start();
} else {
  app.quit();
}
