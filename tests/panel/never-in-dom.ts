/** What must never be on the screen, whatever happens, and what must be there once the page has heard of a moment. */
import { describe } from '../../app/contract/describe.ts';
import { QUEUES, type History } from '../truth/history.ts';

/** What a queue's row has to say. */
export interface ExpectedRow {
  readonly queue: string;
  readonly label: string;
  readonly isFilled: boolean;
  readonly checked: boolean;
  readonly group: string;
  readonly region: string;
  /** Cells of what nobody knows: a dash, never a number. */
  readonly unknown: readonly ('kicks' | 'doorbells')[];
}

declare global {
  interface Window {
    /** What the rows say other than expected. */
    differences?: (expected: readonly ExpectedRow[]) => readonly string[];
    seenWrong?: string[];
  }
}

/** Looks at every change of the page, from its first moment on. Runs in the page. */
export function watchRules(): void {
  const wrong: string[] = [];
  window.seenWrong = wrong;
  const text = (row: Element, cell: string): string =>
    row.querySelector(`[data-cell=${cell}]`)?.textContent ?? '';
  const rows = (): readonly Element[] => [...document.querySelectorAll('tr[data-queue]')];
  window.differences = (expected) =>
    expected.flatMap((row) => {
      const element = document.querySelector(`tr[data-queue="${row.queue}"]`);
      if (element === null) return [`${row.queue} is not drawn`];
      const badge = element.querySelector('[data-word]');
      const checked = element.querySelector('[role=switch]')?.getAttribute('aria-checked') === 'true';
      const pairs: readonly (readonly [name: string, expected: unknown, drawn: unknown])[] = [
        ['label', row.label, badge?.textContent],
        ['filled', row.isFilled, badge?.querySelector('[data-shape=diamond-filled]') !== null],
        ['switch', row.checked, checked],
        ['group', row.group, text(element, 'group')],
        ['notify region', row.region, text(element, 'notify-region')],
        ...row.unknown.map((cell) => [cell, '—', text(element, cell)] as const),
      ];
      return pairs
        .filter(([, wanted, drawn]) => wanted !== drawn)
        .map(([name, wanted, drawn]) => `${row.queue} ${name}: ${String(drawn)}, not ${String(wanted)}`);
    });

  const look = (): void => {
    const isLive = document.querySelector('[data-liveness]')?.getAttribute('data-liveness') === 'live';
    for (const row of rows()) {
      const word = row.querySelector('[data-word]')?.getAttribute('data-word') ?? '';
      const pips = row.querySelector('[role=img]')?.getAttribute('aria-label') ?? '';
      const say = (rule: string): void => void wrong.push(`${rule}: ${row.textContent} (${pips})`);
      const isFilled = row.querySelector('[data-word] [data-shape=diamond-filled]') !== null;
      if (word === 'ACC' && !pips.includes('acknowledged')) say('1 accelerated without an answer');
      if (isFilled && (word !== 'ACC' || !pips.includes('proven'))) say('1 filled without proof');
      if (word === 'FELL BACK' && text(row, 'reason').trim() === '') say('5 fell back without a reason');
      if (!isLive && row.querySelector('[role=switch][aria-disabled=false]') !== null)
        say('4 not live, and yet it can be switched');
    }
    for (const session of document.querySelectorAll('tr[data-session]'))
      if (!session.textContent.includes('SIM')) wrong.push(`9 without the mark: ${session.textContent}`);
    if (/success|all done|complete/i.test(document.body.textContent)) wrong.push('10 success was announced');
  };
  new MutationObserver(look).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
    attributeFilter: ['data-liveness', 'aria-disabled', 'aria-checked', 'data-word'],
  });
}

/** What the page has to draw of a history's moment: rules 1, 3 and 8 from the engine's own records. */
export function expectedRows(history: History): readonly ExpectedRow[] {
  return QUEUES.map((index) => {
    const shown = history.shown(index);
    if (shown === undefined) throw new Error(`q${index} is not in the picture`);
    const { label, proven, group, notifyRegion } = describe(shown);
    const sample = history.bench.runner.state.queues[index]?.sample ?? null;
    const isUnknown = (value: number | null | undefined): boolean =>
      shown.phase === 'down' || value === null || value === undefined;
    return {
      queue: `vm0/${index}`,
      label,
      isFilled: proven,
      checked: history.desired[index] === 'accelerated',
      group,
      region: notifyRegion,
      unknown: [
        ...(isUnknown(sample?.kicks) ? (['kicks'] as const) : []),
        ...(isUnknown(sample?.doorbells) ? (['doorbells'] as const) : []),
      ],
    };
  });
}

/** The headline's first clause: rule 10, no failure is counted as a success. */
export function expectedHeadline({ panel }: History): string {
  const outcomes = [...panel.queues.values()].map((queue) => describe(queue).asDesired);
  const counted = outcomes.filter((one) => one !== null).length;
  return counted === 0
    ? 'No queue is running'
    : `${outcomes.filter((one) => one === true).length} of ${counted} as desired`;
}
