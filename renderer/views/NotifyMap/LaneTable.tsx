/** The map as a table: queue, hop, expected, seen, verdict. What the drawing shows, for whoever does not see it. */
import { useMemo } from 'react';
import type { NotifyFacts } from '../../format/notify/facts.ts';
import { hopName } from '../../format/notify/lane.ts';
import { laneOf } from '../../format/notify/lane-of.ts';
import { keyOf } from '../../../app/contract/queue-key.ts';
import { mapWords } from '../../words/map.ts';
import classes from './NotifyMap.module.css';

export function LaneTable({ session, facts }: { session: string; facts: readonly NotifyFacts[] }) {
  const lanes = useMemo(() => facts.map(laneOf), [facts]);
  return (
    <div className={classes.tableScroller} tabIndex={0} role="group" aria-label={mapWords.pathsAsTable}>
      <table className={classes.table} aria-label={mapWords.pathsOf(session)}>
        <thead>
          <tr>
            {mapWords.columns.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lanes.flatMap(({ queue, description, cells, broken }) =>
            cells
              .filter(({ look }) => look !== 'absent')
              .map((cell, place) => (
                <tr key={`${keyOf(session, queue.index)} ${cell.hop}`} data-first={place === 0}>
                  <th scope="row">
                    q{queue.index} {queue.role}, {description.label}
                  </th>
                  <td>{hopName(cell.hop)}</td>
                  <td>{cell.expected}</td>
                  <td className={classes.mono}>{cell.seen}</td>
                  <td data-verdict={cell.verdict}>
                    {cell.verdict}
                    {broken?.hop === cell.hop && mapWords.firstBroken}
                  </td>
                </tr>
              )),
          )}
        </tbody>
      </table>
    </div>
  );
}
