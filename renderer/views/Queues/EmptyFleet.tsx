/** No endpoint is configured: what to do, exactly. */
import { emptyWords } from '../../words/queues.ts';
import { shellWords } from '../../words/shell.ts';
import { CopyButton } from '../CopyButton.tsx';
import classes from './EmptyFleet.module.css';

const SERVE = 'doorbell serve --listen "$XDG_RUNTIME_DIR/doorbell/vm1.sock",name=vm1';

export function EmptyFleet() {
  return (
    <section className={classes.empty} aria-labelledby="empty-title">
      <h2 id="empty-title" className={classes.title}>
        {shellWords.noEndpoint}
      </h2>
      <p>{emptyWords.what}</p>
      <div className={classes.command}>
        <code>{SERVE}</code>
        <CopyButton text={SERVE} what={emptyWords.command} />
      </div>
      <p className={classes.hint}>{emptyWords.demo}</p>
    </section>
  );
}
