/** The fields of the notify path, as sent and as known. */
import type { PageOffer, QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { hex, nanoseconds, UNKNOWN } from '../../format/numbers.ts';
import { describeOnce } from '../../store/selectors.ts';
import { Field } from './Field.tsx';
import classes from './QueueDrawer.module.css';
import { Section } from './Section.tsx';

export function NotifyPage({ queue }: { queue: QueueSnapshot }) {
  const { group, notifyRegion } = describeOnce(queue);
  const { notifyRegion: region, offer } = queue;
  return (
    <Section title="Notify page">
      <dl className={classes.fields}>
        <Field name="region" wide>
          {notifyRegion}
        </Field>
        <Field name="group" wide>
          {group}
        </Field>
        <Field name="offset">{region === null ? UNKNOWN : hex(region.offset)}</Field>
        <Field name="size">{region === null ? UNKNOWN : hex(region.size)}</Field>
        <Field name="generation">{queue.generation}</Field>
        <Field name="accelerator">{queue.accelerator ?? 'none'}</Field>
        <Field name="kick eventfd">{queue.kick ?? UNKNOWN}</Field>
        <Field name="kick identity">{queue.kickIdentity ?? UNKNOWN}</Field>
        <Field name="sent as">{offer === null ? UNKNOWN : fileWords(offer)}</Field>
        <Field name="answer">{offer === null ? UNKNOWN : answerWords(offer)}</Field>
        <Field name="mapped at">{hex(queue.mappedAt)}</Field>
        <Field name="last handover">{nanoseconds(queue.blackoutNs)}</Field>
        <Field name="maps" wide>
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
  if (answer !== null) return `${Number(answer.code)} in ${answer.latencyMs.toFixed(1)} ms, g${generation}`;
  return timedOut ? `none in time, g${generation}` : `awaited, g${generation}`;
}

function mapsWords(queue: QueueSnapshot): string {
  if (queue.mapsReadable === null) return UNKNOWN;
  return queue.mapsReadable ? 'readable' : (queue.mapsReason ?? 'not permitted to read them');
}
