/**
 * Least power for everything that renders: one origin, no navigation, no windows, no permissions. A page that
 * could be led elsewhere would carry the bridge to the engine with it.
 */
import { app, session } from 'electron';
import { isPanelUrl } from './panel-protocol.ts';

export function installGuards(): void {
  app.on('web-contents-created', (_created, contents) => {
    const stay = (event: { preventDefault(): void }, url: string): void => {
      if (!isPanelUrl(url)) event.preventDefault();
    };
    contents.on('will-navigate', (event) => stay(event, event.url));
    contents.on('will-redirect', (event) => stay(event, event.url));
    contents.on('will-frame-navigate', (event) => stay(event, event.url));
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  });
}

/** What buttons of ours need: copying the command line, and telling the desktop of a fallback while hidden. */
export function denyPermissions(): void {
  const allowed = (permission: string): boolean =>
    permission === 'clipboard-sanitized-write' || permission === 'notifications';
  session.defaultSession.setPermissionRequestHandler((_contents, permission, answer) =>
    answer(allowed(permission)),
  );
  session.defaultSession.setPermissionCheckHandler((_contents, permission) => allowed(permission));
}
