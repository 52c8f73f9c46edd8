/** The record as the engine sent it, with the newest counters. */
import { useMemo } from 'react';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import { drawerWords } from '../../words/drawer.ts';
import { CopyButton } from '../CopyButton.tsx';
import classes from './QueueDrawer.module.css';
import { Section } from './Section.tsx';

export function Json({ id, queue }: { id: QueueKey; queue: QueueSnapshot }) {
  const text = useMemo(() => JSON.stringify({ queue: id, ...queue }, null, 2), [id, queue]);
  return (
    <Section title={drawerWords.record} aside={<CopyButton text={text} what={drawerWords.recordText} />}>
      <pre className={classes.json}>{text}</pre>
    </Section>
  );
}
