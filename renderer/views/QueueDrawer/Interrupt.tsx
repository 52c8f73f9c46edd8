/** The way back: who interrupts the guest, by what, and what is known of it. */
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { perSecond, UNKNOWN } from '../../format/numbers.ts';
import { rate } from '../../store/history.ts';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import { describeOnce } from '../../store/selectors.ts';
import { drawerWords, fieldWords } from '../../words/drawer.ts';
import { usePanelState } from '../panel-context.ts';
import { Field } from './Field.tsx';
import classes from './QueueDrawer.module.css';
import { Section } from './Section.tsx';

export function Interrupt({ id, queue }: { id: QueueKey; queue: QueueSnapshot }) {
  const kept = usePanelState((state) => state.histories.get(id)?.kept);
  const { interrupt } = describeOnce(queue);
  return (
    <Section title={drawerWords.interruptPath}>
      <p className={classes.reasonText}>{drawerWords.interrupts[interrupt]}</p>
      <dl className={classes.fields}>
        <Field name={fieldWords.call}>{queue.call ?? UNKNOWN}</Field>
        <Field name={fieldWords.identity}>{queue.callIdentity ?? UNKNOWN}</Field>
        <Field name={fieldWords.byDevice}>{`${perSecond(rate(kept, 'interrupts'))}/s`}</Field>
        <Field name={fieldWords.byEngine}>{`${perSecond(rate(kept, 'calls'))}/s`}</Field>
        <Field name={fieldWords.evidence} wide>
          {drawerWords.interruptEvidence[queue.interruptEvidence]}
        </Field>
        <Field name={fieldWords.deviceVector}>{UNKNOWN}</Field>
        <Field name={fieldWords.guestVector}>{UNKNOWN}</Field>
      </dl>
    </Section>
  );
}
