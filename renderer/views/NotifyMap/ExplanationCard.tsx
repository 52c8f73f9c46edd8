/** Why the chosen queue does not run as asked: five lines in a fixed order, below the lanes and never over one. */
import { useMemo, useState } from 'react';
import { explain } from '../../format/notify/explain.ts';
import type { NotifyFacts } from '../../format/notify/facts.ts';
import { laneOf } from '../../format/notify/lane-of.ts';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import { describeOnce } from '../../store/selectors.ts';
import { Button } from '../../widgets/Button.tsx';
import { Key } from '../../widgets/Key.tsx';
import { explanationWords } from '../../words/map.ts';
import { lineWords, shellWords } from '../../words/shell.ts';
import { CopyButton } from '../CopyButton.tsx';
import { usePanel } from '../panel-context.ts';
import { useBlocked } from '../use-blocked.ts';
import { ExplanationLines, reportOf } from './ExplanationLines.tsx';
import classes from './Explanation.module.css';
import { LINK, linkX } from './geometry.ts';

interface CardProps {
  readonly id: QueueKey;
  readonly facts: NotifyFacts;
  readonly zoom: number;
  /** The lane is the last one, right above: the tip points at its broken hop. */
  readonly isBelow: boolean;
}

export function ExplanationCard({ id, facts, zoom, isBelow }: CardProps) {
  const panel = usePanel();
  const blocked = useBlocked();
  const [isClosed, setClosed] = useState(false);
  const explanation = useMemo(() => explain(facts), [facts]);
  const broken = useMemo(() => laneOf(facts).broken, [facts]);
  if (explanation === null || isClosed) return null;
  const { word } = describeOnce(facts.queue);
  const wants = facts.queue.desired === 'accelerated' && word !== 'QUARANTINE';
  return (
    <section
      className={classes.card}
      aria-label={explanationWords.why(facts.queue.index)}
      data-verdict={explanation.id}
      onKeyDown={(event) => {
        if (event.key === 'Escape') setClosed(true);
      }}
    >
      {broken !== null && isBelow && (
        <span className={classes.tip} style={{ left: (linkX(broken.link) + LINK / 2) * zoom - 16 - 7 }} />
      )}
      <ExplanationLines explanation={explanation} />
      <div className={classes.actions}>
        <span className={classes.label}>{lineWords.next}</span>
        <span className={classes.buttons}>
          {wants && word === 'FELL BACK' && (
            <Button look="primary" blocked={blocked} onPress={() => panel.setDesired(id, 'accelerated')}>
              {explanationWords.retry}
            </Button>
          )}
          {wants && (
            <Button blocked={blocked} onPress={() => panel.setDesired(id, 'software')}>
              {explanationWords.keepSoftware}
            </Button>
          )}
          <span className={classes.next}>{explanation.next}</span>
        </span>
        <span className={classes.end}>
          <CopyButton text={reportOf(explanation)} what={explanationWords.report} />
          <Button look="quiet" onPress={() => setClosed(true)}>
            {shellWords.close} <Key>Esc</Key>
          </Button>
        </span>
      </div>
      {explanation.remedy !== null && <Remedy text={explanation.remedy} />}
    </section>
  );
}

function Remedy({ text }: { text: string }) {
  return (
    <div className={classes.actions}>
      <span className={classes.label}>{explanationWords.remedy}</span>
      <code className={classes.code}>{text}</code>
      <CopyButton text={text} what={explanationWords.remedyText} />
    </div>
  );
}
