/** The fields of the notify path, as sent and as known. */
import type { PageOffer, QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { hex, nanoseconds, UNKNOWN } from '../../format/numbers.ts';
import { describeOnce } from '../../store/selectors.ts';
import { drawerWords, fieldWords } from '../../words/drawer.ts';
import { Field } from './Field.tsx';
import classes from './QueueDrawer.module.css';
import { Section } from './Section.tsx';

export function NotifyPage({ queue }: { queue: QueueSnapshot }) {
  const { group, notifyRegion } = describeOnce(queue);
  const { notifyRegion: region, offer } = queue;
  return (
    <Section title={drawerWords.notifyPage}>
      <dl className={classes.fields}>
        <Field name={fieldWords.region} wide>
          {notifyRegion}
        </Field>
        <Field name={fieldWords.group} wide>
          {group}
        </Field>
        <Field name={fieldWords.offset}>{region === null ? UNKNOWN : hex(region.offset)}</Field>
        <Field name={fieldWords.size}>{region === null ? UNKNOWN : hex(region.size)}</Field>
        <Field name={fieldWords.generation}>{queue.generation}</Field>
        <Field name={fieldWords.accelerator}>{queue.accelerator ?? fieldWords.none}</Field>
        <Field name={fieldWords.kick}>{queue.kick ?? UNKNOWN}</Field>
        <Field name={fieldWords.kickIdentity}>{queue.kickIdentity ?? UNKNOWN}</Field>
        <Field name={fieldWords.sentAs}>{offer === null ? UNKNOWN : fileWords(offer)}</Field>
        <Field name={fieldWords.answer}>{offer === null ? UNKNOWN : answerWords(offer)}</Field>
        <Field name={fieldWords.mappedAt}>{hex(queue.mappedAt)}</Field>
        <Field name={fieldWords.handover}>{nanoseconds(queue.blackoutNs)}</Field>
        <Field name={fieldWords.maps} wide>
          {mapsWords(queue)}
        </Field>
      </dl>
    </Section>
  );
}

const fileWords = ({ file }: PageOffer): string =>
  file.key === null ? file.kind : `${file.kind} ${file.key}`;

/** The front-end's answer to the offer of its generation: `0 in 3.1 ms`. */
function answerWords({ answer, timedOut, generation }: PageOffer): string {
  if (answer !== null) return fieldWords.answeredIn(Number(answer.code), answer.latencyMs, generation);
  return timedOut ? fieldWords.noAnswer(generation) : fieldWords.awaited(generation);
}

function mapsWords(queue: QueueSnapshot): string {
  if (queue.mapsReadable === null) return UNKNOWN;
  return queue.mapsReadable ? fieldWords.mapsReadable : (queue.mapsReason ?? fieldWords.mapsDenied);
}
