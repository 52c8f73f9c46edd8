/**
 * `app://panel/` serves the bundled panel and nothing else. A standard, secure scheme of our own instead of
 * file://, so that the content security policy and the origin checks mean something.
 */
import { protocol } from 'electron';
import { panelFile } from '../doors/panel-files.ts';

export const PANEL_ORIGIN = 'app://panel';
export const PANEL_URL = `${PANEL_ORIGIN}/index.html`;

/** Node gives custom schemes no origin, so scheme and host are compared instead. */
export function isPanelUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === 'app:' && url.host === 'panel';
}

/** Must run before Electron is ready. */
export function registerPanelScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** `root` is the folder of the built panel. */
export function servePanel(root: string): void {
  protocol.handle('app', async (request) => {
    if (!isPanelUrl(request.url) || request.method !== 'GET') return new Response(null, { status: 404 });
    const file = await panelFile(root, new URL(request.url).pathname);
    if (file === null) return new Response(null, { status: 404 });
    return new Response(file.body, { headers: file.headers });
  });
}
