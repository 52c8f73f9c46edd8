/** The filter field and its chips. */
import { Toggle } from '@base-ui/react/toggle';
import { ToggleGroup } from '@base-ui/react/toggle-group';
import { useEffect, useMemo, useRef } from 'react';
import { count as group } from '../../format/numbers.ts';
import { count, runsOtherwise } from '../../store/selectors.ts';
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

export function Toolbar({ text, chip, onText, onChip }: ToolbarProps) {
  const field = useRef<HTMLInputElement>(null);
  const queues = usePanelState((state) => state.queues);
  const summary = useSummary();
  const counts = useMemo(() => count(queues.values()), [queues]);
  const exceptions = useMemo(() => [...queues.values()].filter(runsOtherwise).length, [queues]);

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

  const chips = [
    { id: 'all', label: filterWords.chips.all, value: counts.total, glyph: null },
    {
      id: 'exceptions',
      label: filterWords.chips.exceptions,
      value: exceptions,
      glyph: <Glyph shape="triangle" tone="warn" size={10} />,
    },
    {
      id: 'accelerated',
      label: filterWords.chips.accelerated,
      value: counts.accelerated,
      glyph: <Glyph shape="diamond-filled" tone="acc" size={10} />,
    },
    {
      id: 'software',
      label: filterWords.chips.software,
      value: counts.software,
      glyph: <Glyph shape="ring" tone="sw" size={10} />,
    },
    {
      id: 'unproven',
      label: filterWords.chips.unproven,
      value: counts.unproven,
      glyph: <Glyph shape="diamond" tone="acc" size={10} />,
    },
  ] as const;

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
        {chips.map(({ id, label, value, glyph }) => (
          <Toggle key={id} value={id} className={classes.chip} data-chip={id}>
            {glyph}
            {label} <span className={classes.value}>{group(value)}</span>
          </Toggle>
        ))}
      </ToggleGroup>
      <Replaced className={classes.summary} text={summary} />
    </div>
  );
}
