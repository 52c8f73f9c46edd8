/** `?` opens the list of keys, Ctrl+K the palette. Both are loaded when first asked for. */
import { lazy, Suspense, useEffect, useState } from 'react';
import { isTyping } from '../typing.ts';
import { onDialog, openKeys, openPalette, type DialogName } from './dialogs.ts';

const KeysHelp = lazy(() => import('./KeysHelp.tsx'));
const loadPalette = () => import('../Palette/Palette.tsx');
const Palette = lazy(loadPalette);

export function Dialogs() {
  const [shown, setShown] = useState<DialogName | null>(null);
  useEffect(() => onDialog(setShown), []);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      // On its way before the second key: what is typed next is meant for it.
      if (event.key === 'Control' || event.key === 'Meta') void loadPalette();
      if ((event.ctrlKey || event.metaKey) && event.key === 'k') {
        event.preventDefault();
        openPalette();
      } else if (event.key === '?' && !isTyping(event.target)) openKeys();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  if (shown === null) return null;
  const onClose = (): void => setShown(null);
  return (
    <Suspense fallback={null}>
      {shown === 'keys' ? <KeysHelp onClose={onClose} /> : <Palette onClose={onClose} />}
    </Suspense>
  );
}
