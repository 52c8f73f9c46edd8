// What is measured inside the page. Each function is sent there whole: none may use anything of this file.
/* global window, document, performance, MutationObserver, PerformanceObserver, requestAnimationFrame -- inside the page */

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

/** Milliseconds from each frame to the next. */
export function watchFrames() {
  const spans = [];
  let last = null;
  const onFrame = (at) => {
    if (last !== null) spans.push(at - last);
    last = at;
    requestAnimationFrame(onFrame);
  };
  requestAnimationFrame(onFrame);
  window.takeFrames = () => spans.splice(0);
}
