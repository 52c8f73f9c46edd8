/**
 * The switch says what is desired and nothing else: its thumb moves when the engine's state says so, and is
 * striped while an answer is awaited. What actually runs stands beside it, in the badge.
 */
import type { Ref } from 'react';
import type { Desired } from '../../app/contract/words.ts';
import classes from './Switch.module.css';

interface SwitchProps {
  readonly checked: boolean;
  readonly pending?: boolean;
  readonly label: string;
  readonly onToggle: () => void;
  /** Why it cannot be used now; null when it can. */
  readonly blocked: string | null;
  readonly describedBy?: string | undefined;
  readonly tabIndex?: number;
  readonly ref?: Ref<HTMLButtonElement>;
}

export function Switch({
  checked,
  pending = false,
  label,
  onToggle,
  blocked,
  describedBy,
  tabIndex,
  ref,
}: SwitchProps) {
  return (
    <button
      ref={ref}
      type="button"
      role="switch"
      className={classes.hit}
      aria-checked={checked}
      aria-label={label}
      aria-describedby={describedBy}
      aria-disabled={blocked !== null}
      aria-busy={pending}
      title={blocked ?? undefined}
      tabIndex={tabIndex}
      onClick={() => {
        if (blocked === null) onToggle();
      }}
    >
      <span className={classes.track} data-on={checked} data-pending={pending}>
        <span className={classes.thumb} />
      </span>
    </button>
  );
}

export const otherThan = (desired: Desired): Desired => (desired === 'software' ? 'accelerated' : 'software');
