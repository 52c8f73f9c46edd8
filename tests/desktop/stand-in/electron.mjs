// A strict stand-in for the `electron` module: what the main bundle uses exists and behaves as documented,
// everything else throws. It proves the real bundle's logic, guards and preload; it does not prove Electron's
// own start-up, its GPU or Wayland paths, nor loading from inside an archive.
import { EventEmitter } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ChromiumPage, closeBrowser, debugEndpoint } from './page.mjs';
import { strict } from './strict.mjs';

const root = process.env.STAND_IN_HOME;
if (root === undefined) throw new Error('STAND_IN_HOME names the folder for userData');

/** To the test: what a person would see. From the test: what a person would do. */
const tell = (event, detail = {}) => process.send?.({ event, ...detail });
const windows = [];
const trays = [];
const schemes = new Map();
let dialogAnswer = null;
let permission = { request: null, check: null };

class PreventableEvent {
  defaultPrevented = false;
  constructor(fields = {}) {
    Object.assign(this, fields);
  }
  preventDefault() {
    this.defaultPrevented = true;
  }
}

// ── app ──────────────────────────────────────────────────────────────────────────────────────────────
class App extends EventEmitter {
  name = 'Doorbell';
  isPackaged = false;
  #quitting = false;
  requestSingleInstanceLock() {
    return process.env.STAND_IN_SECOND !== '1';
  }
  whenReady() {
    return Promise.resolve();
  }
  getVersion() {
    return '0.1.0';
  }
  getPath(name) {
    const path = join(root, name);
    mkdirSync(path, { recursive: true });
    return path;
  }
  setBadgeCount(count) {
    tell('badge', { count });
    return true;
  }
  quit() {
    if (this.#quitting) return;
    const event = new PreventableEvent();
    this.emit('before-quit', event);
    if (event.defaultPrevented) return;
    this.#quitting = true;
    for (const window of [...windows]) window.destroy();
    const will = new PreventableEvent();
    this.emit('will-quit', will);
    if (will.defaultPrevented) {
      this.#quitting = false;
      return;
    }
    this.exit(0);
  }
  exit(code = 0) {
    tell('exit', { code });
    void closeBrowser().finally(() => process.exit(code));
  }
}
export const app = strict('app', new App());

// ── web contents and windows ─────────────────────────────────────────────────────────────────────────
class WebContents extends EventEmitter {
  static #next = 1;
  id = WebContents.#next++;
  #window;
  #openHandler = () => ({ action: 'allow' });
  constructor(window) {
    super();
    this.#window = window;
    this.mainFrame = { url: '', origin: '', parent: null, isDestroyed: () => false };
  }
  send(channel, ...args) {
    this.#window.page.send(channel, args);
  }
  isDestroyed() {
    return this.#window.isDestroyed();
  }
  setWindowOpenHandler(handler) {
    this.#openHandler = handler;
  }
  openHandler() {
    return this.#openHandler;
  }
}

const UNSAFE = { contextIsolation: true, sandbox: true, nodeIntegration: false, webSecurity: true };
class Window extends EventEmitter {
  #destroyed = false;
  #visible = true;
  constructor(options) {
    super();
    for (const [key, wanted] of Object.entries(UNSAFE))
      if (options.webPreferences?.[key] !== wanted)
        throw new Error(`webPreferences.${key} must be ${wanted}`);
    this.size = [options.width, options.height];
    this.page = new ChromiumPage();
    this.webContents = strict('webContents', new WebContents(this));
    windows.push(this);
    app.emit('web-contents-created', {}, this.webContents);
    this.ready = this.page.open(
      options.webPreferences.preload,
      { width: options.width, height: options.height },
      (scheme) => schemes.get(scheme),
    );
    this.page.on('ipc', (channel, args, url) => {
      const frame = this.webContents.mainFrame;
      frame.url = url;
      frame.origin = new URL(url).origin === 'null' ? 'app://panel' : new URL(url).origin;
      ipcMain.emit(
        channel,
        { sender: this.webContents, senderFrame: frame, processId: 1, frameId: 1 },
        ...args,
      );
    });
    this.page.on('navigate', (event) => this.webContents.emit('will-navigate', event));
    this.page.on('popup', (url) => tell('popup', { url, ...this.webContents.openHandler()({ url }) }));
  }
  static getAllWindows() {
    return [...windows];
  }
  async loadURL(url) {
    await this.ready;
    this.webContents.mainFrame.url = url;
    await this.page.load(url);
    tell('loaded', { url, endpoint: debugEndpoint() });
    this.webContents.emit('did-finish-load');
  }
  close() {
    const event = new PreventableEvent();
    this.emit('close', event);
    if (!event.defaultPrevented) this.destroy();
    else tell('close-prevented');
  }
  destroy() {
    if (this.#destroyed) return;
    this.#destroyed = true;
    windows.splice(windows.indexOf(this), 1);
    void this.page.close();
    tell('window-closed');
    this.webContents.emit('destroyed');
    this.emit('closed');
    if (windows.length === 0) app.emit('window-all-closed');
  }
  isDestroyed() {
    return this.#destroyed;
  }
  isVisible() {
    return this.#visible;
  }
  isMinimized() {
    return false;
  }
  restore() {}
  hide() {
    this.#visible = false;
    tell('hidden');
  }
  show() {
    this.#visible = true;
    tell('shown');
  }
  focus() {}
  getSize() {
    return this.size;
  }
}
export const BrowserWindow = new Proxy(Window, {
  construct: (target, args) => strict('BrowserWindow', new target(...args)),
  get: (target, key) => {
    if (!(key in target)) throw new Error(`the Electron stand-in has no BrowserWindow.${String(key)}`);
    return target[key];
  },
});

// ── the rest ─────────────────────────────────────────────────────────────────────────────────────────
export const ipcMain = strict('ipcMain', new EventEmitter());
export const protocol = strict('protocol', {
  registerSchemesAsPrivileged(list) {
    tell('schemes', { list });
  },
  handle(scheme, handler) {
    schemes.set(scheme, handler);
  },
});
export const session = strict('session', {
  defaultSession: strict('defaultSession', {
    setPermissionRequestHandler: (handler) => (permission = { ...permission, request: handler }),
    setPermissionCheckHandler: (handler) => (permission = { ...permission, check: handler }),
  }),
});
export const shell = strict('shell', {
  async openExternal(url) {
    tell('external', { url });
  },
});
export const dialog = strict('dialog', {
  showMessageBox(_window, options) {
    tell('dialog', { message: options.message, detail: options.detail, buttons: options.buttons });
    return new Promise(
      (resolve) => (dialogAnswer = (label) => resolve({ response: options.buttons.indexOf(label) })),
    );
  },
  showErrorBox(title, content) {
    tell('error-box', { title, content });
  },
});
export const Menu = strict('Menu', {
  buildFromTemplate: (template) => ({ template }),
  setApplicationMenu: () => undefined,
});
export const nativeImage = strict('nativeImage', { createFromPath: (path) => ({ path }) });
export class Tray extends EventEmitter {
  constructor(image) {
    super();
    this.image = image;
    trays.push(this);
    tell('tray');
  }
  setToolTip(text) {
    tell('tray-tip', { text });
  }
  setContextMenu(menu) {
    this.menu = menu;
  }
  destroy() {
    trays.splice(trays.indexOf(this), 1);
  }
}
export class Notification extends EventEmitter {
  static isSupported() {
    return true;
  }
  constructor(options) {
    super();
    this.options = options;
  }
  show() {
    tell('notification', this.options);
  }
}

// ── what a person does ───────────────────────────────────────────────────────────────────────────────
const ACTIONS = {
  close: () => windows[0]?.close(),
  answer: ({ label }) => dialogAnswer?.(label),
  'second-instance': () => app.emit('second-instance', {}, [], ''),
  'tray-click': () => trays[0]?.emit('click'),
  quit: () => app.quit(),
  /** An IPC message whose sender is not our main frame. */
  forge: ({ channel, args, url, subframe }) =>
    ipcMain.emit(
      channel,
      {
        sender: windows[0].webContents,
        senderFrame: {
          url,
          origin: new URL(url).origin,
          parent: subframe ? windows[0].webContents.mainFrame : null,
        },
      },
      ...args,
    ),
  permission: ({ name }) => {
    permission.request(windows[0].webContents, name, (granted) => tell('permission', { name, granted }));
    tell('permission-check', { name, granted: permission.check(windows[0].webContents, name) });
  },
};
process.on('message', (message) => ACTIONS[message.action](message));
