import { describe, expect, it } from 'vitest';
import { newFallbacks, withFallbacks } from './fallbacks.ts';
import type { QueueKey } from '../../app/contract/queue-key.ts';
import type { Fallback } from './state.ts';
import { fellBackRecord, mappedRecord, MOMENT } from './testing/records.ts';

const none = new Map<QueueKey, Fallback>();
const known = new Map<QueueKey, Fallback>([['lab/1', { at: MOMENT, message: 'DMA map: ENOMEM' }]]);

describe('fallbacks', () => {
  it('a queue that fell back is remembered, and still is when a retry succeeded', () => {
    const fell = withFallbacks(none, new Map([['lab/1' as const, fellBackRecord(1)]]));
    expect(fell).toEqual(known);
    expect(withFallbacks(fell, new Map([['lab/1' as const, mappedRecord(1)]]))).toBe(fell);
  });

  it('is forgotten once the engine says that it was acknowledged', () => {
    const queues = new Map([['lab/1' as const, fellBackRecord(1, { acknowledged: true })]]);
    expect(withFallbacks(known, queues).size).toBe(0);
  });

  it('is forgotten with its queue', () => {
    expect(withFallbacks(known, new Map()).size).toBe(0);
  });

  it('a second fallback of the same queue is a new one', () => {
    const later = new Map<QueueKey, Fallback>([['lab/1', { at: MOMENT + 1, message: '' }]]);
    expect(newFallbacks(known, later)).toEqual(['lab/1']);
    expect(newFallbacks(known, known)).toEqual([]);
  });
});
