/** `?` opens the list of keys. */
import { lazy, Suspense, useEffect, useState } from 'react';
import { isTyping } from '../typing.ts';

const KeysHelp = lazy(() => import('./KeysHelp.tsx'));

export function KeysOnDemand() {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === '?' && !isTyping(event.target)) setOpen(true);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  if (!isOpen) return null;
  return (
    <Suspense fallback={null}>
      <KeysHelp onClose={() => setOpen(false)} />
    </Suspense>
  );
}
