import { describe, expect, it } from 'vitest';
import { mappedRecord, queueRecord } from '../../store/testing/records.ts';
import { commandsOf, matching } from './commands.ts';

const queues = new Map([
  ['lab/1' as const, mappedRecord(1)],
  ['lab/12' as const, queueRecord(12)],
]);
const commands = commandsOf({ queues, readOnly: false, fallbacks: new Map() });
const titles = (text: string): readonly string[] => matching(commands, text).map(({ title }) => title);

describe('the palette', () => {
  it('finds a queue by its number and not those that begin with it', () => {
    expect(titles('lab q1')).toEqual(['lab q1 tx', 'lab q1 tx in the notify map']);
  });

  it('finds queues by how they run', () => {
    expect(titles('acc')).toContain('lab q1 tx');
    expect(titles('acc')).not.toContain('lab q12 rx');
  });

  it('a title that begins with the text comes first', () => {
    expect(titles('key')[0]).toBe('Keys');
  });

  it('offers nothing that changes a queue', () => {
    expect(new Set(commands.map(({ action }) => action.kind))).toEqual(
      new Set(['go', 'read-only', 'notifications', 'export', 'keys', 'theme']),
    );
  });
});
