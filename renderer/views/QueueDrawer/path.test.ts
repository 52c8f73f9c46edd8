import { describe, expect, it } from 'vitest';
import { fellBackRecord, mappedRecord, queueRecord } from '../../store/testing/records.ts';
import { pathOf } from './path.ts';

describe('pathOf', () => {
  it('a double line in the colour of acceleration exists only with proof', () => {
    expect(pathOf(mappedRecord(0))).toMatchObject({ direct: 'double', viaEngine: 'unused', tone: 'acc' });
    expect(pathOf(mappedRecord(0, { evidence: 1 }))).toMatchObject({ direct: 'single', tone: 'acc' });
  });

  it('software goes through the engine, relay through the engine to the page', () => {
    expect(pathOf(queueRecord(0))).toMatchObject({
      direct: 'unused',
      viaEngine: 'double',
      relay: 'unused',
      tone: 'sw',
    });
    expect(pathOf(mappedRecord(0, { phase: 'relay', evidence: 1 }))).toMatchObject({
      viaEngine: 'single',
      relay: 'single',
    });
  });

  it('a fallback is drawn in its own colour, a stopped ring in none', () => {
    expect(pathOf(fellBackRecord(0)).tone).toBe('warn');
    expect(pathOf(queueRecord(0, { phase: 'down' }))).toMatchObject({
      direct: 'unused',
      viaEngine: 'unused',
      tone: 'mut',
    });
  });
});
