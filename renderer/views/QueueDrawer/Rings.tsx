/** The ring: where its parts lie, how far guest and server are. */
import { useMemo } from 'react';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { count, hex, UNKNOWN } from '../../format/numbers.ts';
import { refOf, type QueueKey } from '../../../app/contract/queue-key.ts';
import { drawerWords, fieldWords } from '../../words/drawer.ts';
import { usePanelState } from '../panel-context.ts';
import { markText, memoryLayout } from '../NotifyMap/memory-layout.ts';
import { Field } from './Field.tsx';
import classes from './QueueDrawer.module.css';
import { Section } from './Section.tsx';

export function Rings({ id, queue }: { id: QueueKey; queue: QueueSnapshot }) {
  const { session } = refOf(id);
  const last = usePanelState((state) => state.histories.get(id)?.last);
  const memory = usePanelState(
    (state) => state.sessions.find(({ name }) => name === session)?.memory ?? null,
  );
  const marks = useMemo(() => memoryLayout(memory?.regions ?? [], queue.vring).marks, [memory, queue.vring]);
  const avail = last === undefined ? queue.availIdx : last.availIdx;
  const used = last === undefined ? queue.usedIdx : last.usedIdx;
  const gap = avail === null || used === null ? null : (avail - used) & 0xffff;
  return (
    <>
      <Section title={drawerWords.ring}>
        <dl className={classes.fields}>
          <Field name={fieldWords.size}>{count(queue.size)}</Field>
          <Field name={fieldWords.started}>
            {queue.started
              ? queue.enabled
                ? fieldWords.enabled
                : fieldWords.notEnabled
              : fieldWords.notStarted}
          </Field>
          <Field name={fieldWords.avail}>{avail ?? UNKNOWN}</Field>
          <Field name={fieldWords.used}>{used ?? UNKNOWN}</Field>
          <Field name={fieldWords.gap}>{count(gap)}</Field>
          <Field name={fieldWords.handover}>
            {queue.blackoutNs === null ? UNKNOWN : drawerWords.handover(queue.blackoutNs)}
          </Field>
        </dl>
      </Section>
      <Section title={drawerWords.ringAddresses}>
        <dl className={classes.fields}>
          {marks.length === 0 && (
            <Field name={fieldWords.addresses} wide>
              {UNKNOWN}
            </Field>
          )}
          {marks.map((mark) => (
            <Field key={mark.letter} name={mark.name} wide>
              {hex(mark.address)} · {drawerWords.guestPhysical} {markText(mark)}
            </Field>
          ))}
        </dl>
      </Section>
    </>
  );
}
