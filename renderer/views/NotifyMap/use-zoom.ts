/** Size of the map: + and − in steps, 0 for 100 %. */
import { useCallback, useEffect, useState } from 'react';
import { isTyping } from '../typing.ts';

const STEPS = [0.5, 0.75, 1, 1.25, 1.5, 2] as const;
const WHOLE = STEPS.indexOf(1);

export interface Zoom {
  readonly value: number;
  readonly in: () => void;
  readonly out: () => void;
  readonly by: (steps: number) => void;
}

export function useZoom(): Zoom {
  const [step, setStep] = useState(WHOLE);
  const by = useCallback(
    (steps: number): void => setStep((old) => Math.min(STEPS.length - 1, Math.max(0, old + steps))),
    [],
  );
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key === '+') by(1);
      else if (event.key === '-') by(-1);
      else if (event.key === '0') setStep(WHOLE);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [by]);
  return { value: STEPS[step] ?? 1, in: () => by(1), out: () => by(-1), by };
}
