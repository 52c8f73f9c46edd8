/** A plain button. One that cannot be used stays reachable and says why. */
import type { ReactNode, Ref } from 'react';
import classes from './Button.module.css';

interface ButtonProps {
  readonly children: ReactNode;
  readonly onPress: () => void;
  readonly look?: 'outline' | 'primary' | 'quiet' | 'link';
  readonly blocked?: string | null;
  readonly label?: string | undefined;
  readonly pressed?: boolean | undefined;
  readonly tabIndex?: number | undefined;
  readonly expanded?: boolean | undefined;
  readonly ref?: Ref<HTMLButtonElement>;
}

export function Button({
  children,
  onPress,
  look = 'outline',
  blocked = null,
  label,
  pressed,
  tabIndex,
  expanded,
  ref,
}: ButtonProps) {
  return (
    <button
      ref={ref}
      type="button"
      className={`${classes.button ?? ''} ${classes[look] ?? ''}`}
      aria-label={label}
      aria-pressed={pressed}
      aria-expanded={expanded}
      aria-disabled={blocked !== null}
      title={blocked ?? undefined}
      tabIndex={tabIndex}
      onClick={() => {
        if (blocked === null) onPress();
      }}
    >
      {children}
    </button>
  );
}
