/**
 * Marks the row in which the keyboard is. The selector `:has(:focus-visible)` says the same, but for it the browser looks
 * at all of a row again whenever a text in it is replaced, and thousands are each second.
 */
import { useEffect, type RefObject } from 'react';

const MARK = 'data-focused';

export function useFocusMark(table: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const grid = table.current;
    if (grid === null) return;
    let marked: Element | null = null;
    const mark = (): void => {
      const focused = grid.querySelector(':focus-visible');
      const row = focused?.closest('[data-queue]') ?? null;
      if (row === marked) return;
      marked?.removeAttribute(MARK);
      row?.setAttribute(MARK, '');
      marked = row;
    };
    // A key makes a focus visible that a press had set.
    const moments = ['focusin', 'focusout', 'keyup'] as const;
    for (const moment of moments) grid.addEventListener(moment, mark);
    return () => {
      for (const moment of moments) grid.removeEventListener(moment, mark);
    };
  }, [table]);
}
