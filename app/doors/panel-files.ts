/** The built panel's files for both shells: the only bytes that a window ever loads, with their headers. */
import { readFile } from 'node:fs/promises';
import { extname, resolve, sep } from 'node:path';
import { contentSecurityPolicy } from './csp.ts';

/** What the bundler emits; anything else in the folder is not served. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
};

export interface PanelFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The file behind a URL's path (still percent-encoded) below `root`; null for whatever is not there, outside
 * the root, or of a type that the panel does not use.
 */
export async function panelFile(root: string, pathname: string): Promise<PanelFile | null> {
  const path = decoded(pathname === '/' ? '/index.html' : pathname);
  if (path === null || path.includes('\0')) return null;
  const base = resolve(root);
  const file = resolve(base, `.${path}`);
  const type = TYPES[extname(file)];
  if (type === undefined || !file.startsWith(base + sep)) return null;
  const content = await readFile(file).catch(() => null);
  if (content === null) return null;
  return {
    body: new Uint8Array(content),
    headers: {
      'content-type': type,
      'content-security-policy': contentSecurityPolicy(),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      // A rebuilt panel must not meet an old one's files.
      'cache-control': 'no-cache',
    },
  };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
