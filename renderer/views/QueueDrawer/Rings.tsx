/** The ring: where its parts lie, how far guest and server are. */
import { useMemo } from 'react';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { count, hex, UNKNOWN } from '../../format/numbers.ts';
import { refOf, type QueueKey } from '../../store/key.ts';
import { drawerWords } from '../../words/drawer.ts';
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
          <Field name="size">{count(queue.size)}</Field>
          <Field name="started">
            {queue.started ? (queue.enabled ? 'yes, enabled' : 'yes, not enabled') : 'no'}
          </Field>
          <Field name="avail index">{avail ?? UNKNOWN}</Field>
          <Field name="used index">{used ?? UNKNOWN}</Field>
          <Field name="avail − used">{count(gap)}</Field>
          <Field name="last handover">
            {queue.blackoutNs === null ? UNKNOWN : drawerWords.handover(queue.blackoutNs)}
          </Field>
        </dl>
      </Section>
      <Section title={drawerWords.ringAddresses}>
        <dl className={classes.fields}>
          {marks.length === 0 && (
            <Field name="addresses" wide>
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
