/** Why the queue is not as asked, in full, and what can be done about it here. */
import { REASONS, CONTRADICTIONS } from '../../../app/contract/words.ts';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { clockMs } from '../../format/times.ts';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import { describeOnce, isException } from '../../store/selectors.ts';
import { Button } from '../../widgets/Button.tsx';
import { drawerWords } from '../../words/drawer.ts';
import { explanationWords } from '../../words/map.ts';
import { usePanel, usePanelState } from '../panel-context.ts';
import { useBlocked } from '../use-blocked.ts';
import { DrawerExplanation } from './DrawerExplanation.tsx';
import classes from './QueueDrawer.module.css';
import { Section } from './Section.tsx';

export function ReasonBox({ id, queue }: { id: QueueKey; queue: QueueSnapshot }) {
  const panel = usePanel();
  const blocked = useBlocked();
  const asked = usePanelState((state) => state.asked.get(id));
  const { word } = describeOnce(queue);
  if (asked?.error) {
    return (
      <Section title={drawerWords.notDone}>
        <p className={classes.reasonText}>{asked.error.message}</p>
      </Section>
    );
  }
  const { reason, contradiction } = queue;
  if (contradiction !== null) {
    return (
      <Section
        title={drawerWords.suspect}
        aside={<time className={classes.mono}>{clockMs(contradiction.at)}</time>}
      >
        <p className={classes.reasonText}>{contradiction.message}</p>
        <p className={classes.reasonMore}>{CONTRADICTIONS[contradiction.code]}</p>
        <DrawerExplanation id={id} />
      </Section>
    );
  }
  if (reason === null || word === 'SW' || word === 'ACC') return null;
  return (
    <Section
      title={drawerWords.why(reason.code)}
      aside={<time className={classes.mono}>{clockMs(reason.at)}</time>}
    >
      <p className={classes.reasonText}>{reason.message}</p>
      {REASONS[reason.code] !== reason.message && (
        <p className={classes.reasonMore}>{REASONS[reason.code]}</p>
      )}
      <DrawerExplanation id={id} />
      {word === 'FELL BACK' && (
        <div className={classes.actions}>
          <Button look="primary" blocked={blocked} onPress={() => panel.setDesired(id, 'accelerated')}>
            {explanationWords.retry}
          </Button>
          <Button blocked={blocked} onPress={() => panel.setDesired(id, 'software')}>
            {explanationWords.keepSoftware}
          </Button>
          <Button
            look="quiet"
            blocked={blocked ?? (isException(queue) ? null : drawerWords.alreadyAcknowledged)}
            onPress={() => panel.acknowledge([id])}
          >
            {drawerWords.acknowledge}
          </Button>
        </div>
      )}
    </Section>
  );
}
