// What is measured inside the page. Each function is sent there whole: none may use anything of this file.
/* global window, document, performance, MutationObserver, PerformanceObserver, PointerEvent, requestAnimationFrame -- inside the page */

/** Notes when a queue's notify region first shows a generation: [queue, generation, ms since the epoch]. */
export function watchGenerations() {
  const seen = [];
  const observer = new MutationObserver((records) => {
    const at = performance.timeOrigin + performance.now();
    for (const { target } of records) {
      const element = target.nodeType === 1 ? target : target.parentElement;
      const cell = element?.closest('[data-cell=notify-region]');
      const generation = / g(\d+)$/.exec(cell?.textContent ?? '')?.[1];
      const queue = cell?.closest('[data-queue]')?.dataset.queue.split('/')[1];
      if (generation !== undefined && queue !== undefined) seen.push([Number(queue), Number(generation), at]);
    }
  });
  observer.observe(document.querySelector('table[role=grid]'), {
    subtree: true,
    childList: true,
    characterData: true,
  });
  window.takeGenerations = () => seen.splice(0);
}

/** Tasks that kept the main thread for longer than 50 ms, milliseconds. */
export function watchLongTasks() {
  const tasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) tasks.push(duration);
  }).observe({ type: 'longtask' });
  window.takeLongTasks = () => tasks.splice(0);
}

/**
 * Moves the pointer that holds the map by `step` pixels in each of `frames` frames. → milliseconds from each frame to the
 * next, and how far the map went. The movement is made here, or frames that wait for the next one would be counted as fast.
 */
export function dragByFrames({ frames, step }) {
  const lanes = document.querySelector('[role=listbox]');
  const { x, y, width, height } = lanes.getBoundingClientRect();
  const began = lanes.scrollTop;
  const spans = [];
  return new Promise((resolve) => {
    let last = null;
    const onFrame = (at) => {
      if (last !== null) spans.push(at - last);
      last = at;
      if (spans.length === frames) {
        resolve({ spans, moved: Math.abs(lanes.scrollTop - began) });
        return;
      }
      lanes.dispatchEvent(
        new PointerEvent('pointermove', {
          bubbles: true,
          pointerId: 1,
          clientX: x + width / 2,
          clientY: y + height / 2 - step * (spans.length + 1),
        }),
      );
      requestAnimationFrame(onFrame);
    };
    requestAnimationFrame(onFrame);
  });
}

/** [x, y] of the middle of the element. */
export function middleOf(selector) {
  const { x, y, width, height } = document.querySelector(selector).getBoundingClientRect();
  return [x + width / 2, y + height / 2];
}
