/**
 * Lets the first lines of a kind through and counts the rest: a peer that sends nothing but nonsense must
 * not fill the log. When a window ends with lines held back, the next line says how many.
 */
const WINDOW_MS = 10_000;
const LINES_PER_WINDOW = 5;

interface Window {
  readonly since: number;
  readonly lines: number;
  readonly heldBack: number;
}

export class RateLimit {
  readonly #windows = new Map<string, Window>();

  /** Null: hold the line back. Otherwise how many lines of this kind were held back before it. */
  admit(kind: string, now: number): number | null {
    const window = this.#windows.get(kind);
    if (window === undefined || now - window.since >= WINDOW_MS) {
      this.#windows.set(kind, { since: now, lines: 1, heldBack: 0 });
      return window?.heldBack ?? 0;
    }
    if (window.lines < LINES_PER_WINDOW) {
      this.#windows.set(kind, { ...window, lines: window.lines + 1 });
      return 0;
    }
    this.#windows.set(kind, { ...window, heldBack: window.heldBack + 1 });
    return null;
  }
}
