/** What a line's style says; and the hatch that cells of unknown content are filled with. */
import { mapWords } from '../../words/map.ts';
import classes from './NotifyMap.module.css';
import lane from './Lane.module.css';

const WIDTH = 32;
const MIDDLE = 6;

const LINES = [
  { text: mapWords.lines.asked, style: lane.asked, double: false },
  { text: mapWords.lines.acknowledged, style: lane.acknowledged, double: false },
  { text: mapWords.lines.seen, style: lane.seen, double: true },
  { text: mapWords.lines.proven, style: lane.proven, double: true },
  { text: mapWords.lines.served, style: lane.served, double: true },
] as const;

export function Legend() {
  return (
    <ul className={classes.legend} aria-label={mapWords.lineStyles}>
      {LINES.map(({ text, style, double }) => (
        <li key={text}>
          <svg width={WIDTH} height={12} aria-hidden="true">
            <path
              className={style}
              d={double ? `M0 ${MIDDLE - 2}h${WIDTH}M0 ${MIDDLE + 2}h${WIDTH}` : `M0 ${MIDDLE}h${WIDTH}`}
            />
          </svg>
          {text}
        </li>
      ))}
      <li>
        <svg width={16} height={12} aria-hidden="true">
          <defs>
            <pattern
              id="map-hatch"
              width="7"
              height="7"
              patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)"
            >
              <rect className={classes.hatchLine} width="1.5" height="7" />
            </pattern>
          </defs>
          <rect width={16} height={12} fill="url(#map-hatch)" />
        </svg>
        {mapWords.unknown}
      </li>
    </ul>
  );
}
