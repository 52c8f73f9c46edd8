/**
 * The headless shell prints a link whose fragment carries its token. The fragment never reaches a server log;
 * it is moved to the tab's session storage at once, so that it is in no bookmark, history or screenshot, and
 * a reload still works.
 */
const KEY = 'doorbell.token';

/** The parts of a window that are needed here. */
export interface TokenPlace {
  readonly location: { readonly hash: string; readonly pathname: string; readonly search: string };
  readonly history: { replaceState(data: unknown, unused: string, url: string): void };
  readonly sessionStorage: {
    getItem(key: string): string | null;
    setItem(key: string, value: string): void;
  };
}

/** The token of this tab, or null where the page was opened without one. */
export function takeToken(place: TokenPlace): string | null {
  const match = /^#token=([A-Za-z0-9_-]{8,256})(?:&(.*))?$/.exec(place.location.hash);
  const token = match?.[1];
  if (token === undefined) return place.sessionStorage.getItem(KEY);
  place.sessionStorage.setItem(KEY, token);
  const rest = match?.[2] ?? '';
  const view = rest === '' ? '' : `#${rest}`;
  place.history.replaceState(null, '', `${place.location.pathname}${place.location.search}${view}`);
  return token;
}
