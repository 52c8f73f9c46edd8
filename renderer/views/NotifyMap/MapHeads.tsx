/** What the five columns are, and what is known of each as a whole. */
import { UNKNOWN } from '../../format/numbers.ts';
import type { NotifyFacts } from '../../format/notify/facts.ts';
import { isQemu } from '../../format/notify/words.ts';
import { headWords } from '../../words/map.ts';
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
  const program = session !== null && isQemu(session) ? 'QEMU' : (peer?.name ?? headWords.frontEnd);
  return (
    <div className={classes.heads} role="presentation">
      <Head title={headWords.queue} text={headWords.verdict} />
      <Head title={headWords.slot} text={headWords.slotText(page)} />
      <Head title={headWords.mapping} text={headWords.mappingText(program, peer?.pid ?? null, pageText)} />
      <Head title={headWords.file} text={device === undefined ? UNKNOWN : headWords.fileText(device.id)} />
      <Head
        title={headWords.page}
        text={device === undefined ? headWords.noAccelerator : headWords.pageText(device.id, device.kind)}
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
