/** Dragging moves the map under the pointer; the wheel with Ctrl makes it larger or smaller. */
import { useEffect, type RefObject } from 'react';

/** A press that moves less is a press. */
const SLACK = 4;

export function usePan(scroller: RefObject<HTMLElement | null>, onZoom: (steps: number) => void): void {
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    let from: { readonly x: number; readonly y: number; readonly left: number; readonly top: number } | null =
      null;
    let hasMoved = false;

    const down = (event: PointerEvent): void => {
      if (event.button !== 0 || event.pointerType === 'touch') return;
      from = { x: event.clientX, y: event.clientY, left: element.scrollLeft, top: element.scrollTop };
      hasMoved = false;
    };
    const move = (event: PointerEvent): void => {
      if (from === null) return;
      const x = event.clientX - from.x;
      const y = event.clientY - from.y;
      if (!hasMoved && Math.abs(x) + Math.abs(y) < SLACK) return;
      if (!hasMoved) element.setPointerCapture(event.pointerId);
      hasMoved = true;
      element.scrollTo(from.left - x, from.top - y);
    };
    const up = (): void => void (from = null);
    /** The end of a drag chooses no lane. */
    const click = (event: MouseEvent): void => {
      if (hasMoved) event.stopPropagation();
      hasMoved = false;
    };
    const wheel = (event: WheelEvent): void => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      onZoom(event.deltaY < 0 ? 1 : -1);
    };

    element.addEventListener('pointerdown', down);
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', up);
    element.addEventListener('pointercancel', up);
    element.addEventListener('click', click, true);
    element.addEventListener('wheel', wheel, { passive: false });
    return () => {
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', up);
      element.removeEventListener('pointercancel', up);
      element.removeEventListener('click', click, true);
      element.removeEventListener('wheel', wheel);
    };
  }, [scroller, onZoom]);
}
