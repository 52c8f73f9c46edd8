/** Opens what lies over every screen, from wherever it is asked for. */
export type DialogName = 'keys' | 'palette';

type Listener = (name: DialogName) => void;
const listeners = new Set<Listener>();

const open = (name: DialogName) => (): void => {
  for (const listener of listeners) listener(name);
};

export const openKeys = open('keys');
export const openPalette = open('palette');

/** Returns how to stop. */
export function onDialog(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
