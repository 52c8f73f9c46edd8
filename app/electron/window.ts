/** The panel's window: sandboxed, without Node, at the size it was left. */
import { readFile, writeFile } from 'node:fs/promises';
import { BrowserWindow } from 'electron';
import { PANEL_URL } from './panel-protocol.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

const DEFAULT_SIZE: Size = { width: 1440, height: 900 };
const MINIMUM: Size = { width: 360, height: 480 };

function parseSize(text: string): Size {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('width' in value) || !('height' in value))
      return DEFAULT_SIZE;
    const { width, height } = value;
    if (!Number.isInteger(width) || !Number.isInteger(height)) return DEFAULT_SIZE;
    return {
      width: Math.max(Number(width), MINIMUM.width),
      height: Math.max(Number(height), MINIMUM.height),
    };
  } catch {
    return DEFAULT_SIZE;
  }
}

/** Never fails: a missing or damaged file means the default size. */
export async function rememberedSize(file: string): Promise<Size> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return parseSize(text);
}

export interface WindowOptions {
  readonly preload: string;
  readonly sizeFile: string;
  readonly size: Size;
  /** Whether the window may close now; when not, whoever was asked closes it later by `destroy`. */
  readonly mayClose: () => boolean;
}

export function openWindow(options: WindowOptions): BrowserWindow {
  const window = new BrowserWindow({
    ...options.size,
    minWidth: MINIMUM.width,
    minHeight: MINIMUM.height,
    title: 'Doorbell',
    backgroundColor: '#0F141B',
    autoHideMenuBar: true,
    webPreferences: {
      preload: options.preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false,
    },
  });
  window.on('resized', () => {
    const [width, height] = window.getSize();
    // Losing the size of a window is no reason to disturb anyone.
    void writeFile(options.sizeFile, JSON.stringify({ width, height })).catch(() => undefined);
  });
  window.on('close', (event) => {
    if (!options.mayClose()) event.preventDefault();
  });
  void window.loadURL(PANEL_URL);
  return window;
}
