/** The front-end's memory table with the rings of the chosen queue in it; a ring outside of it is drawn as a defect. */
import { useMemo } from 'react';
import type { QueueSnapshot, SessionSnapshot } from '../../../app/contract/snapshot.ts';
import { hex } from '../../format/numbers.ts';
import { memoryWords } from '../../words/memory.ts';
import classes from './MemoryBar.module.css';
import { bytes, lettersOf, markText, memoryLayout } from './memory-layout.ts';

/** A tick at the very end of the bar stays on it. */
const LAST = 0.999;
const percent = (share: number): string => `${share * 100}%`;

interface MemoryBarProps {
  readonly memory: SessionSnapshot['memory'];
  readonly queue: QueueSnapshot | null;
}

export function MemoryBar({ memory, queue }: MemoryBarProps) {
  const regions = memory?.regions;
  // Without a table there is nothing to hold the rings against.
  const vring = memory === null ? null : (queue?.vring ?? null);
  const { boxes, holes, overlaps, marks } = useMemo(
    () => memoryLayout(regions ?? [], vring),
    [regions, vring],
  );
  const letters = lettersOf(marks);
  const lost = marks.filter(({ at }) => at === null);
  const isStale = queue?.underEarlierTable === true;
  return (
    <section className={classes.memory} aria-label={memoryWords.title} data-stale={isStale}>
      <header className={classes.head}>
        <h2>{memoryWords.title}</h2>
        <span>
          {memory === null
            ? memoryWords.noTable
            : memoryWords.table(memory.generation, memory.regions.length, overlaps.length > 0)}
        </span>
        {overlaps.length > 0 && (
          <span className={classes.defect}>{memoryWords.overlap(overlaps.map(({ names }) => names))}</span>
        )}
        {lost.length > 0 && <span className={classes.defect}>{memoryWords.outside(lost)}</span>}
        {isStale && <span className={classes.defect}>{memoryWords.stale(queue.index)}</span>}
        <span className={classes.keys}>
          {queue !== null && marks.length > 0 && memoryWords.marks(queue.index)}
          {marks.map((mark) => (
            <span key={mark.letter} className={classes.where}>
              {mark.letter} {markText(mark)}
            </span>
          ))}
        </span>
      </header>
      {boxes.length > 0 && (
        <>
          <div className={classes.row}>
            <span className={classes.label}>{memoryWords.guestPhysical}</span>
            <div className={classes.bar}>
              {holes.map(({ from, to }) => (
                <span
                  key={from}
                  className={classes.hole}
                  style={{ left: percent(from), width: percent(to - from) }}
                  title={memoryWords.hole}
                />
              ))}
              {boxes.map(({ name, from, to, region }) => (
                <span
                  key={name}
                  className={classes.box}
                  style={{ left: percent(from), width: percent(to - from) }}
                >
                  <span>
                    {memoryWords.region(name, bytes(BigInt(region.size)))}
                    <code>{hex(region.guestAddress)}</code>
                  </span>
                  <span className={classes.mono}>{memoryWords.file(region.mmapOffset)}</span>
                </span>
              ))}
              {overlaps.map(({ names, from, to }) => (
                <span
                  key={names}
                  className={classes.overlap}
                  style={{ left: percent(from), width: percent(to - from) }}
                  title={memoryWords.overlap([names])}
                />
              ))}
              {letters.map(({ letter, at }) => (
                <span key={letter} className={classes.tick} style={{ left: percent(Math.min(at, LAST)) }} />
              ))}
            </div>
          </div>
          <div className={classes.row} data-scale="">
            <span className={classes.label} />
            <div className={classes.scale} aria-hidden="true">
              {letters.map(({ letter, letterAt }) => (
                <b key={letter} style={{ left: percent(letterAt) }}>
                  {letter}
                </b>
              ))}
            </div>
          </div>
          <div className={classes.row}>
            <span className={classes.label}>{memoryWords.frontEnd}</span>
            <div className={classes.bar}>
              {boxes.map(({ name, from, to, region }) => (
                <span
                  key={name}
                  className={classes.box}
                  style={{ left: percent(from), width: percent(to - from) }}
                >
                  <span className={classes.mono}>{hex(region.frontendAddress)}</span>
                </span>
              ))}
            </div>
          </div>
        </>
      )}
    </section>
  );
}
