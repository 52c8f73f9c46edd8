/** Dark, light, or as the system says; kept in this browser. The attribute on the root chooses the tokens. */
import { useSyncExternalStore } from 'react';

export type ThemeChoice = 'system' | 'dark' | 'light';

const KEY = 'doorbell.theme';
const CHOICES: readonly ThemeChoice[] = ['system', 'dark', 'light'];
const listeners = new Set<() => void>();
const light = window.matchMedia('(prefers-color-scheme: light)');

function chosen(): ThemeChoice {
  const stored = localStorage.getItem(KEY);
  return CHOICES.find((choice) => choice === stored) ?? 'system';
}

function show(): void {
  const choice = chosen();
  const theme = choice === 'system' ? (light.matches ? 'light' : 'dark') : choice;
  document.documentElement.dataset['theme'] = theme;
  for (const listener of listeners) listener();
}

/** Called once before the first render. */
export function startTheme(): void {
  light.addEventListener('change', show);
  show();
}

export function chooseTheme(choice: ThemeChoice): void {
  localStorage.setItem(KEY, choice);
  show();
}

const turn = (): void => chooseTheme(CHOICES[(CHOICES.indexOf(chosen()) + 1) % CHOICES.length] ?? 'system');

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function useTheme(): readonly [ThemeChoice, () => void] {
  return [useSyncExternalStore(subscribe, chosen), turn];
}
