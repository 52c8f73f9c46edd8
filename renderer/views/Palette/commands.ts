/**
 * What the palette offers: places to go and switches of the window. It changes no queue: only Space does that,
 * where one sees what it does. Pure.
 */
import type { ThemeChoice } from '../theme.ts';
import { refOf, type QueueKey } from '../../../app/contract/queue-key.ts';
import { describeOnce } from '../../store/selectors.ts';
import type { PanelState } from '../../store/state.ts';
import { screenWords } from '../../words/shell.ts';
import { formatRoute, SCREENS, type Route } from '../route.ts';

export type PaletteAction =
  | { readonly kind: 'go'; readonly to: Route }
  | { readonly kind: 'read-only'; readonly readOnly: boolean }
  | { readonly kind: 'theme'; readonly theme: ThemeChoice }
  | { readonly kind: 'acknowledge' }
  | { readonly kind: 'notifications' }
  | { readonly kind: 'export' }
  | { readonly kind: 'keys' };

export interface PaletteCommand {
  readonly id: string;
  readonly title: string;
  /** How a queue runs now, or what the command is about. */
  readonly note: string;
  readonly action: PaletteAction;
}

type Known = Pick<PanelState, 'queues' | 'readOnly' | 'fallbacks'>;

export function commandsOf(state: Known): readonly PaletteCommand[] {
  const go = (title: string, note: string, to: Route): PaletteCommand => ({
    id: formatRoute(to),
    title,
    note,
    action: { kind: 'go', to },
  });
  const screens = SCREENS.map((screen) =>
    go(`Go to ${screenWords[screen]}`, 'screen', { screen, queue: null, tab: null }),
  );
  const themes = (['system', 'dark', 'light'] as const).map((theme): PaletteCommand => ({
    id: `theme ${theme}`,
    title: `Theme: ${theme}`,
    note: 'window',
    action: { kind: 'theme', theme },
  }));
  return [
    ...screens,
    {
      id: 'read-only',
      title: state.readOnly ? 'Allow changes' : 'Switch to read-only',
      note: 'window',
      action: { kind: 'read-only', readOnly: !state.readOnly },
    },
    ...(state.fallbacks.size === 0
      ? []
      : [
          {
            id: 'acknowledge',
            title: 'Acknowledge all that fell back',
            note: `${state.fallbacks.size}`,
            action: { kind: 'acknowledge' } as const,
          },
        ]),
    {
      id: 'notifications',
      title: 'Notify me of fallbacks while the window is hidden',
      note: 'window',
      action: { kind: 'notifications' },
    },
    { id: 'export', title: 'Export queues as JSON Lines', note: 'file', action: { kind: 'export' } },
    { id: 'keys', title: 'Keys', note: '?', action: { kind: 'keys' } },
    ...themes,
    ...[...state.queues].flatMap(([key, queue]) => {
      const note = describeOnce(queue).label;
      return [
        go(nameOf(key, queue.role), note, { screen: 'queues', queue: key, tab: null }),
        go(`${nameOf(key, queue.role)} in the notify map`, note, { screen: 'map', queue: key, tab: null }),
      ];
    }),
  ];
}

function nameOf(key: QueueKey, role: string): string {
  const { session, index } = refOf(key);
  return `${session} q${index} ${role}`;
}

const SHOWN = 12;

/** Commands that hold every word; those whose title begins with the text come first. */
export function matching(commands: readonly PaletteCommand[], text: string): readonly PaletteCommand[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const found = commands.filter(({ title, note }) => {
    const hay = `${title} ${note}`.toLowerCase();
    return words.every((word) => (/^q\d+$/.test(word) ? hay.split(' ').includes(word) : hay.includes(word)));
  });
  const starts = ({ title }: PaletteCommand): number =>
    title.toLowerCase().startsWith(text.toLowerCase().trim()) ? 0 : 1;
  return found.toSorted((a, b) => starts(a) - starts(b)).slice(0, SHOWN);
}
