/** How notifications travel now, as a sentence and as a picture. */
import { perSecond, UNKNOWN } from '../../format/numbers.ts';
import { rate } from '../../store/history.ts';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { describeOnce } from '../../store/selectors.ts';
import { pathWords } from '../../words/drawer.ts';
import { usePanelState } from '../panel-context.ts';
import { pathOf, type LinkLook } from './path.ts';
import classes from './PathDiagram.module.css';
import { Section } from './Section.tsx';

const WIDTH = 436;
const HEIGHT = 118;

interface BoxProps {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly title: string;
  readonly text: string;
  readonly used: boolean;
  readonly hued?: boolean;
}

function Box({ x, y, width, title, text, used, hued = false }: BoxProps) {
  return (
    <g className={used ? classes.used : classes.unused}>
      <rect
        className={hued && used ? classes.hued : classes.box}
        x={x + 0.5}
        y={y + 0.5}
        width={width}
        height={40}
        rx={3}
      />
      <text x={x + width / 2} y={y + 17} className={classes.boxTitle}>
        {title}
      </text>
      <text key={text} x={x + width / 2} y={y + 33} className={classes.boxText}>
        {text}
      </text>
    </g>
  );
}

/** A horizontal link with its head at `to`. */
function Link({ from, to, y, look }: { from: number; to: number; y: number; look: LinkLook }) {
  const head = `M${to - 6} ${y - 4}L${to} ${y}L${to - 6} ${y + 4}`;
  if (look === 'double') {
    return (
      <path className={classes.double} d={`M${from} ${y - 2}H${to - 3}M${from} ${y + 2}H${to - 3}${head}`} />
    );
  }
  return <path className={classes[look]} d={`M${from} ${y}H${to}${head}`} />;
}

export function PathDiagram({ queue, id }: { queue: QueueSnapshot; id: QueueKey }) {
  const kept = usePanelState((state) => state.histories.get(id)?.kept);
  const description = describeOnce(queue);
  const path = pathOf(queue);
  const kicks = rate(kept, 'kicks');
  const usesPage = path.direct === 'single' || path.direct === 'double';
  const page =
    queue.notifyRegion === null ? pathWords.noPage : `@${queue.notifyRegion.offset} g${queue.generation}`;
  const usesEngine = path.viaEngine !== 'unused';
  const usesDevice = usesPage || path.relay !== 'unused';
  return (
    <Section title={pathWords.title}>
      <p className={classes.sentence} data-path="">
        {description.path}
      </p>
      <svg
        className={`${classes.diagram ?? ''} ${classes[path.tone] ?? ''}`}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        width={WIDTH}
        height={HEIGHT}
        aria-hidden="true"
      >
        <Link from={76} to={100} y={21} look={path.direct} />
        <Link
          from={198}
          to={222}
          y={21}
          look={path.direct === 'asked' ? 'unused' : path.relay !== 'unused' ? path.relay : path.direct}
        />
        <Link from={318} to={342} y={21} look={path.deviceCall} />
        <path className={classes[path.viaEngine]} d={`M38 41V95H100${headAt(100, 95)}`} />
        <Link from={198} to={222} y={95} look={path.viaEngine} />
        <path className={classes[path.engineCall]} d={`M318 95H389V46${upAt(389, 42)}`} />
        {path.relay !== 'unused' && (
          <path className={classes.single} d={`M270 75V60H149V46${upAt(149, 42)}`} />
        )}
        {path.relay !== 'unused' && (
          <text x={316} y={64} className={classes.linkText}>
            {pathWords.oneStore}
          </text>
        )}
        <Box
          x={0}
          y={0}
          width={76}
          title={pathWords.guest}
          text={pathWords.availMoves}
          used={description.servedBy !== 'nobody'}
        />
        <Box x={100} y={0} width={98} title={pathWords.doorbellPage} text={page} used={usesDevice} hued />
        <Box
          x={222}
          y={0}
          width={96}
          title={pathWords.accelerator}
          text={queue.accelerator ?? pathWords.none}
          used={usesDevice}
          hued
        />
        <Box
          x={342}
          y={0}
          width={94}
          title={pathWords.call}
          text={queue.call ?? UNKNOWN}
          used={description.interrupt !== 'none'}
        />
        <Box
          x={100}
          y={75}
          width={98}
          title={pathWords.kick}
          text={`${perSecond(kicks)}/s`}
          used={usesEngine}
          hued
        />
        <Box
          x={222}
          y={75}
          width={96}
          title={pathWords.engine}
          text={engineWords(queue)}
          used={usesEngine}
          hued
        />
        {!usesEngine && usesDevice && (
          <text x={354} y={90} className={classes.linkText}>
            {pathWords.bypassed}
          </text>
        )}
      </svg>
    </Section>
  );
}

const headAt = (x: number, y: number): string => `M${x - 6} ${y - 4}L${x} ${y}L${x - 6} ${y + 4}`;
const upAt = (x: number, y: number): string => `M${x - 4} ${y + 6}L${x} ${y}L${x + 4} ${y + 6}`;

function engineWords(queue: QueueSnapshot): string {
  const { servedBy, notify } = describeOnce(queue);
  if (servedBy === 'engine') return pathWords.serves;
  return notify === 'relay' ? pathWords.relays : pathWords.idle;
}
