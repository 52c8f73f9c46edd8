/** What the five columns are, and what is known of each as a whole. */
import { hex, UNKNOWN } from '../../format/numbers.ts';
import type { NotifyFacts } from '../../format/notify/facts.ts';
import { isQemu } from '../../format/notify/words.ts';
import { usePanelState } from '../panel-context.ts';
import { SimTag } from '../../widgets/SimTag.tsx';
import { bytes } from './memory-layout.ts';
import classes from './NotifyMap.module.css';

export function MapHeads({ facts }: { facts: NotifyFacts | null }) {
  const accelerators = usePanelState((state) => state.accelerators);
  const used = facts?.siblings.find(({ accelerator }) => accelerator !== null)?.accelerator ?? null;
  const device = accelerators.find(({ id }) => id === used) ?? accelerators[0];
  const page = facts?.siblings.find(({ offer }) => offer !== null)?.offer?.hostPageSize ?? null;
  const pageText = page === null ? UNKNOWN : bytes(BigInt(page));
  const session = facts?.session ?? null;
  const peer = session?.peer ?? null;
  const program = session !== null && isQemu(session) ? 'QEMU' : (peer?.name ?? 'front-end');
  return (
    <div className={classes.heads} role="presentation">
      <Head title="Queue" text="verdict" />
      <Head
        title="Guest notify slot"
        text={`index × ${page === null ? UNKNOWN : hex(page)} · GPA ${UNKNOWN}`}
      />
      <Head title="VMM mapping" text={`${program} pid ${peer?.pid ?? UNKNOWN} · page ${pageText}`} />
      <Head title="fd + offset, as sent" text={device === undefined ? UNKNOWN : `by ${device.id}`} />
      <Head
        title="Device page"
        text={device === undefined ? 'no accelerator' : `${device.id} · ${device.kind}`}
      >
        {device?.simulated === true && <SimTag />}
      </Head>
    </div>
  );
}

function Head({ title, text, children }: { title: string; text: string; children?: React.ReactNode }) {
  return (
    <div className={classes.head}>
      <b>
        {title} {children}
      </b>
      <span>{text}</span>
    </div>
  );
}
