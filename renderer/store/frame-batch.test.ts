import { expect, test } from 'vitest';
import { FrameBatch } from './frame-batch.ts';

/** A display and a timer that run when told to. */
function batchOf() {
  const window = { isHidden: false };
  const frames: (() => void)[] = [];
  const timers: (() => void)[] = [];
  const delivered: (readonly number[])[] = [];
  const batch = new FrameBatch<number>(
    {
      requestFrame: (run) => void frames.push(run),
      later: (run) => void timers.push(run),
      isHidden: () => window.isHidden,
    },
    (events) => void delivered.push(events),
  );
  return { batch, frames, timers, delivered, window };
}

test('what comes within a frame is handed over once, in order', () => {
  const { batch, frames, delivered } = batchOf();
  for (const event of [1, 2, 3]) batch.push(event);
  expect(frames).toHaveLength(1);
  frames[0]?.();
  expect(delivered).toEqual([[1, 2, 3]]);
});

test('the timer of an earlier batch leaves the next one to its own frame', () => {
  const { batch, frames, timers, delivered } = batchOf();
  batch.push(1);
  frames[0]?.();
  batch.push(2);
  timers[0]?.();
  expect(delivered).toEqual([[1]]);
  frames[1]?.();
  expect(delivered).toEqual([[1], [2]]);
});

test('without frames, in a hidden window, the timer hands over', () => {
  const { batch, frames, timers, delivered, window } = batchOf();
  window.isHidden = true;
  batch.push(1);
  timers[0]?.();
  frames[0]?.();
  expect(delivered).toEqual([[1]]);
});

test('a frame that is late in a window in sight is waited for, and the timer still serves once it is hidden', () => {
  const { batch, timers, delivered, window } = batchOf();
  batch.push(1);
  timers[0]?.();
  expect(delivered).toEqual([]);
  window.isHidden = true;
  timers[1]?.();
  expect(delivered).toEqual([[1]]);
});
