/** The filter field and its chips. */
import { Toggle } from '@base-ui/react/toggle';
import { ToggleGroup } from '@base-ui/react/toggle-group';
import { useEffect, useRef, type ReactNode } from 'react';
import { count as group } from '../../format/numbers.ts';
import { countsOf, exceptionsOf } from '../../store/selectors.ts';
import type { PanelState } from '../../store/state.ts';
import { Glyph } from '../../widgets/Glyph.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { Key } from '../../widgets/Key.tsx';
import { Replaced } from '../../widgets/Replaced.tsx';
import { filterWords } from '../../words/queues.ts';
import { usePanelState } from '../panel-context.ts';
import { isTyping } from '../typing.ts';
import { useSummary } from './Headline.tsx';
import { CHIPS, type Chip } from './rows.ts';
import classes from './Toolbar.module.css';

interface ToolbarProps {
  readonly text: string;
  readonly chip: Chip;
  readonly onText: (text: string) => void;
  readonly onChip: (chip: Chip) => void;
}

const GLYPHS: Readonly<Record<Chip, ReactNode>> = {
  all: null,
  exceptions: <Glyph shape="triangle" tone="warn" size={10} />,
  accelerated: <Glyph shape="diamond-filled" tone="acc" size={10} />,
  software: <Glyph shape="ring" tone="sw" size={10} />,
  unproven: <Glyph shape="diamond" tone="acc" size={10} />,
};

function valueOf({ queues }: PanelState, chip: Chip): number {
  const counts = countsOf(queues);
  switch (chip) {
    case 'all':
      return counts.total;
    case 'exceptions':
      return exceptionsOf(queues).otherwise;
    case 'accelerated':
    case 'software':
    case 'unproven':
      return counts[chip];
  }
}

/** By itself: the numbers move with every change of a queue, the chips do not. */
function ChipValue({ id }: { id: Chip }) {
  const value = usePanelState((state) => valueOf(state, id));
  return <span className={classes.value}>{group(value)}</span>;
}

export function Toolbar({ text, chip, onText, onChip }: ToolbarProps) {
  const field = useRef<HTMLInputElement>(null);
  const summary = useSummary();

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key === '/') {
        event.preventDefault();
        field.current?.focus();
      } else if (event.key === '.') {
        onChip(chip === 'exceptions' ? 'all' : 'exceptions');
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [chip, onChip]);

  return (
    <div className={classes.toolbar}>
      <label className={classes.field}>
        <Icon name="search" size={14} />
        <input
          ref={field}
          type="search"
          className={classes.input}
          value={text}
          placeholder={filterWords.placeholder}
          aria-label={filterWords.label}
          onChange={(event) => onText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            onText('');
            event.currentTarget.blur();
          }}
        />
        <Key>/</Key>
      </label>
      <ToggleGroup
        className={classes.chips}
        aria-label={filterWords.show}
        value={[chip]}
        onValueChange={(pressed) => onChip(CHIPS.find((one) => pressed.includes(one)) ?? 'all')}
      >
        {CHIPS.map((id) => (
          <Toggle key={id} value={id} className={classes.chip} data-chip={id}>
            {GLYPHS[id]}
            {filterWords.chips[id]} <ChipValue id={id} />
          </Toggle>
        ))}
      </ToggleGroup>
      <Replaced className={classes.summary} text={summary} />
    </div>
  );
}
