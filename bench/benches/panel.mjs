// The panel in a browser without a graphics card: how soon an event is on the screen, whether a flood of them keeps the
// page usable, and whether a large map moves under the hand. The ratio is the bound over what was measured, or what was
// measured over the bound where more is better: at least 1 where it is met.
/* global window, document -- inside the page */
import { dragByFrames, middleOf, watchGenerations, watchLongTasks } from '../panel/in-page.mjs';
import { quantile, sorted, withPanel } from '../panel/chromium.mjs';
import { spread } from '../pairs.mjs';
import { sleep } from '../processes.mjs';

const P95_MS = 50;
const P99_MS = 100;
const LONG_TASK_MS = 200;
const HEAP_BYTES = 10e6;
const FPS = 50;
const FIRST_ROW = '[data-queue="web-01/0"]';
const LANES = '[role=listbox]';
const WARM_UP_MS = 2_000;
const CATCH_UP_MS = 120_000;
/** Of one drag: frames, and pixels in each. */
const FRAMES = 240;
const STEP = 12;

const result = (values, bound, isMoreBetter) => ({
  ratio: spread(values.map((value) => (isMoreBetter ? value / bound : bound / value))),
  ours: spread(values),
  theirs: null,
  pairs: values.length,
  rejected: 0,
  placement: null,
});
const text = ({ median, min, max }, unit, digits = 0) =>
  `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)}) ${unit}`;

/**
 * Milliseconds from each event of a queue in sight to the screen that shows it or a later one of the same queue.
 * An event that the screen never reached is Infinity: it is not left out.
 */
function latencies(events, seen) {
  const shown = new Map();
  for (const [queue, generation, at] of seen) {
    const list = shown.get(queue) ?? [];
    list.push([generation, at]);
    shown.set(queue, list);
  }
  return events.flatMap(([queue, generation, sentAt]) => {
    const list = shown.get(queue);
    if (list === undefined) return [];
    const first = list.find(([reached]) => reached >= generation);
    return [first === undefined ? Infinity : first[1] - sentAt];
  });
}

/** A page that is behind is waited for: how far it was behind is what is measured. */
async function caughtUp(page, events) {
  const [, generation] = events.findLast(([queue]) => queue === 0);
  await page.waitFor(
    ([row, text]) => document.querySelector(row)?.textContent.endsWith(text),
    [`${FIRST_ROW} [data-cell=notify-region]`, ` g${generation}`],
    CATCH_UP_MS,
  );
  await sleep(500);
}

const dropped = (page) =>
  page.evaluate(() => Number(document.querySelector('[data-dropped]').textContent.replace(/\D/g, '')));

const shown = (page, selector) => page.waitFor((text) => document.querySelector(text) !== null, selector);

export const toScreen = {
  id: 'panel-dom',
  seconds: 90,
  title: 'event to screen p95, 512 queues at 4 000 events/s, against 50 ms',
  unit: 'ms',
  reach: { atLeast: 1.0 },
  async run({ quick, log }) {
    const windows = [];
    await withPanel('/queues', async ({ page, storm }) => {
      await shown(page, FIRST_ROW);
      await storm(4_000, WARM_UP_MS);
      await page.evaluate(watchGenerations);
      for (let n = 0; n < (quick ? 2 : 6); n++) {
        const { events } = await storm(4_000, quick ? 4_000 : 10_000);
        await caughtUp(page, events);
        const all = sorted(latencies(events, await page.evaluate(() => window.takeGenerations())));
        const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => quantile(all, q));
        log(
          `${all.length} events in sight: p50 ${p50.toFixed(1)}, p95 ${p95.toFixed(1)}, p99 ${p99.toFixed(1)} ms`,
        );
        windows.push({ p50, p95, p99, events: all.length });
      }
      if ((await dropped(page)) > 0) throw new Error('events were lost');
    });
    const p99 = spread(windows.map((one) => one.p99));
    return {
      ...result(
        windows.map(({ p95 }) => p95),
        P95_MS,
        false,
      ),
      p50: spread(windows.map((one) => one.p50)),
      p99,
      notes: [
        `p50 ${text(spread(windows.map((one) => one.p50)), 'ms', 1)}, p99 ${text(p99, 'ms', 1)} (bound: ${P99_MS} ms${p99.median < P99_MS ? '' : ', not met'}); 0 lost`,
      ],
    };
  },
};

async function heapOf(page) {
  await page.send('HeapProfiler.collectGarbage');
  const { usedSize } = await page.send('Runtime.getHeapUsage');
  return usedSize;
}

export const flood = {
  id: 'panel-flood',
  seconds: 200,
  title: 'longest task under 20 000 events/s for 30 s, against 200 ms',
  unit: 'ms',
  reach: { atLeast: 1.0 },
  async run({ quick, log }) {
    const windows = [];
    await withPanel('/queues', async ({ page, storm }) => {
      await shown(page, FIRST_ROW);
      // Long enough for every queue in sight to have its minute of counters: growth after it is growth.
      await storm(20_000, quick ? 5_000 : 60_000);
      await page.evaluate(watchLongTasks);
      for (let n = 0; n < (quick ? 1 : 3); n++) {
        await sleep(1_000);
        const before = await heapOf(page);
        await page.evaluate(() => window.takeLongTasks());
        const { sent } = await storm(20_000, quick ? 10_000 : 30_000);
        await sleep(1_000);
        const tasks = sorted(await page.evaluate(() => window.takeLongTasks()));
        const growth = (await heapOf(page)) - before;
        // A page without any had none longer than what counts as long.
        const longest = tasks.at(-1) ?? 50;
        log(
          `${sent} events: ${tasks.length} long tasks, longest ${longest.toFixed(0)} ms, heap ${(growth / 1e6).toFixed(1)} MB more`,
        );
        windows.push({ longest, growth, tasks: tasks.length });
      }
      log(`${await dropped(page)} left out of the stream, made good by snapshots`);
    });
    const growth = spread(windows.map((one) => one.growth / 1e6));
    return {
      ...result(
        windows.map(({ longest }) => longest),
        LONG_TASK_MS,
        false,
      ),
      growth,
      notes: [
        `heap after garbage collection grew by ${text(growth, 'MB', 1)} in a window (bound: ${HEAP_BYTES / 1e6} MB${growth.max * 1e6 < HEAP_BYTES ? '' : ', not met'}); tasks above 50 ms: ${text(spread(windows.map((one) => one.tasks)), 'a window')}`,
      ],
    };
  },
};

export const pan = {
  id: 'panel-pan',
  seconds: 90,
  title: 'frames a second while a map of 512 lanes is dragged, against 50',
  unit: 'fps',
  reach: { atLeast: 1.0 },
  async run({ quick, log }) {
    const medians = [];
    const slow = [];
    await withPanel('/map/web-01/0', async ({ page }) => {
      await shown(page, LANES);
      await sleep(WARM_UP_MS);
      const [x, y] = await page.evaluate(middleOf, LANES);
      for (let n = 0; n < (quick ? 2 : 6); n++) {
        await page.mouse('mouseMoved', x, y);
        await page.mouse('mousePressed', x, y);
        const step = n % 2 === 0 ? STEP : -STEP;
        const { spans: all, moved } = await page.evaluate(dragByFrames, { frames: FRAMES, step });
        await page.mouse('mouseReleased', x, y);
        if (moved < (FRAMES * STEP) / 2) throw new Error(`the map moved by ${moved} pixels only`);
        const spans = sorted(all);
        const fps = 1_000 / quantile(spans, 0.5);
        const p95 = quantile(spans, 0.95);
        log(`${spans.length} frames: median ${fps.toFixed(1)} fps, 95 % within ${p95.toFixed(1)} ms`);
        medians.push(fps);
        slow.push(p95);
      }
    });
    return {
      ...result(medians, FPS, true),
      notes: [`95 % of the frames within ${text(spread(slow), 'ms', 1)}; software rendering`],
    };
  },
};

export const panelBenches = [toScreen, flood, pan];
