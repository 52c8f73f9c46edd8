/** The nine checks of the chosen lane, and the way back: who interrupts the guest, by what. */
import { useMemo } from 'react';
import { checksOf, type Check, type CheckStatus } from '../../format/notify/checks.ts';
import type { NotifyFacts } from '../../format/notify/facts.ts';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import { Glyph } from '../../widgets/Glyph.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { checkWords } from '../../words/map.ts';
import { CatchKick } from './CatchKick.tsx';
import classes from './Checks.module.css';
import { InterruptPath } from './InterruptPath.tsx';

export function Checks({ id, facts }: { id: QueueKey; facts: NotifyFacts }) {
  const checks = useMemo(() => checksOf(facts), [facts]);
  const { queue } = facts;
  const of = (status: CheckStatus): number => checks.filter((one) => one.status === status).length;
  return (
    <section className={classes.checks} aria-label={checkWords.of(queue.index)}>
      <header className={classes.head}>
        <h2>
          {checkWords.title}{' '}
          <span>
            q{queue.index} {queue.role}, g{queue.generation}
          </span>
        </h2>
        <span className={classes.sum}>
          {checkWords.pass(of('pass'))} ·{' '}
          <span className={of('fail') > 0 ? classes.failed : undefined}>{checkWords.fail(of('fail'))}</span> ·{' '}
          {of('unknown') + of('unused')} —
        </span>
      </header>
      <ol className={classes.list} tabIndex={0} aria-label={checkWords.list}>
        {checks.map((check) => (
          <CheckLine key={check.number} check={check} />
        ))}
      </ol>
      <InterruptPath id={id} queue={queue} />
      <CatchKick key={id} id={id} />
    </section>
  );
}

function CheckLine({ check }: { check: Check }) {
  const { number, name, status, value } = check;
  return (
    <li className={classes.check} data-status={status} title={value}>
      <span className={classes.sign} role="img" aria-label={checkWords.statuses[status]}>
        {status === 'pass' ? (
          <Icon name="check" size={14} />
        ) : (
          <Glyph
            shape={status === 'fail' ? 'cross' : status === 'unused' ? 'dash' : 'broken'}
            tone={status === 'fail' ? 'warn' : 'mut'}
            size={10}
          />
        )}
      </span>
      <span className={classes.number}>{number}</span>
      <span className={classes.text}>
        {name}
        <span className={classes.value}>{value}</span>
      </span>
    </li>
  );
}
