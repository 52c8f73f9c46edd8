/** Copies a text and says whether it could. */
import { useEffect, useState } from 'react';
import { Button } from '../widgets/Button.tsx';
import { Icon } from '../widgets/Icon.tsx';
import { copyWords } from '../words/palette.ts';

type Outcome = 'none' | 'copied' | 'failed';

export function CopyButton({ text, label, tabIndex }: { text: string; label: string; tabIndex?: number }) {
  const [outcome, setOutcome] = useState<Outcome>('none');
  useEffect(() => {
    if (outcome === 'none') return;
    const timer = setTimeout(() => setOutcome('none'), 2_000);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setOutcome('copied'),
      () => setOutcome('failed'),
    );
  };
  return (
    <span data-stop-of="name">
      <Button onPress={copy} label={`${copyWords[outcome]}: ${label}`} tabIndex={tabIndex}>
        <Icon name={outcome === 'copied' ? 'check' : 'copy'} size={14} />
        {copyWords[outcome]}
      </Button>
    </span>
  );
}
