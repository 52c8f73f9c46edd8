/** What the notify map explains about this queue, where it has something to explain, and the way there. */
import { useMemo } from 'react';
import { explain } from '../../format/notify/explain.ts';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import { explanationWords } from '../../words/map.ts';
import { CopyButton } from '../CopyButton.tsx';
import explanationClasses from '../NotifyMap/Explanation.module.css';
import { ExplanationLines, reportOf } from '../NotifyMap/ExplanationLines.tsx';
import { useFacts } from '../NotifyMap/use-facts.ts';
import { formatRoute } from '../route.ts';

export function DrawerExplanation({ id }: { id: QueueKey }) {
  const facts = useFacts(id);
  const explanation = useMemo(() => (facts === null ? null : explain(facts)), [facts]);
  if (explanation === null) return null;
  return (
    <div className={explanationClasses.inDrawer}>
      <ExplanationLines explanation={explanation} isBrief />
      <p className={explanationClasses.ways}>
        <a href={formatRoute({ screen: 'map', queue: id, tab: null })}>{explanationWords.openMap}</a>
        <CopyButton text={reportOf(explanation)} what={explanationWords.report} />
      </p>
    </div>
  );
}
