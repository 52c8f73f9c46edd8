/** Copies a text and says whether it could. */
import { useEffect, useState } from 'react';
import { Button } from '../widgets/Button.tsx';
import { Icon } from '../widgets/Icon.tsx';
import { copyWords } from '../words/palette.ts';

type Outcome = 'none' | 'copied' | 'failed';

interface CopyButtonProps {
  readonly text: string;
  /** What the text is: the button says it. */
  readonly what: string;
  /** Whose it is, for whoever hears the button among others of its kind. */
  readonly of?: string;
  readonly tabIndex?: number;
}

export function CopyButton({ text, what, of, tabIndex }: CopyButtonProps) {
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
  const words = copyWords[outcome](what);
  return (
    <span data-stop-of="name">
      <Button
        onPress={copy}
        label={of === undefined ? undefined : copyWords.of(words, of)}
        tabIndex={tabIndex}
      >
        <Icon name={outcome === 'copied' ? 'check' : 'copy'} size={14} />
        {words}
      </Button>
    </span>
  );
}
