import { describe, expect, it } from 'vitest';
import { fellBackRecord, mappedRecord, MOMENT, queueRecord } from '../../store/testing/records.ts';
import { reasonOf } from './reason.ts';

const text = (...parameters: Parameters<typeof reasonOf>): string => reasonOf(...parameters).text;
const before = { kicks: null, doorbells: null };

describe('reasonOf', () => {
  it('says where a queue that fell back runs, and why', () => {
    expect(text(fellBackRecord(0), undefined)).toBe('software · DMA map: ENOMEM');
    expect(text(fellBackRecord(0, { phase: 'relay' }), undefined)).toBe('relay · DMA map: ENOMEM');
  });

  it('names the step that is going on, with its beginning', () => {
    const step = { name: 'hold' as const, number: 2, of: 3, since: MOMENT, remaining: null, perSecond: null };
    const reason = reasonOf(mappedRecord(0, { phase: 'arming', step }), undefined);
    expect(reason).toMatchObject({ text: 'waiting until the earlier page is unmapped', since: MOMENT });
  });

  it('says how far a queue is from the index where its accelerator can start', () => {
    const step = { name: 'wrap' as const, number: 1, of: 4, since: MOMENT, remaining: 6000, perSecond: 100 };
    expect(text(queueRecord(0, { phase: 'arming', step }), undefined)).toBe(
      'waiting for the index to wrap: 6000 descriptors to go, about 1 min at the present rate',
    );
  });

  it('an unanswered request is said to be one, a refused one says why', () => {
    const asked = { desired: 'accelerated' as const, at: 7, before, error: null };
    expect(reasonOf(queueRecord(0), asked)).toMatchObject({
      text: 'asking the engine',
      since: 7,
      clock: 'window',
    });
    const error = { code: 'read-only' as const, message: 'The panel is switched to read-only.' };
    expect(text(queueRecord(0), { ...asked, error })).toBe('not done: The panel is switched to read-only.');
  });

  it('a mapping without proof says so, a proven one needs no words', () => {
    expect(text(mappedRecord(0, { evidence: 1 }), undefined)).toBe('acknowledged, not yet proven');
    expect(text(mappedRecord(0), undefined)).toBe('');
  });

  it('a queue that is down says who must act', () => {
    expect(text(queueRecord(0, { phase: 'down', started: false }), undefined)).toBe(
      'not started by the guest',
    );
    expect(text(queueRecord(0, { phase: 'down', enabled: false }), undefined)).toBe(
      'disabled by the front-end',
    );
  });
});
