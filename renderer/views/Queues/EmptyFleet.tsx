/** No endpoint is configured: what to do, exactly. */
import { CopyButton } from '../CopyButton.tsx';
import classes from './EmptyFleet.module.css';

const SERVE = 'doorbell serve --listen "$XDG_RUNTIME_DIR/doorbell/vm1.sock",name=vm1';

export function EmptyFleet() {
  return (
    <section className={classes.empty} aria-labelledby="empty-title">
      <h2 id="empty-title" className={classes.title}>
        No endpoint is configured
      </h2>
      <p>
        An endpoint is a socket that a virtual machine connects to. Start the engine with at least one, and
        its queues appear here as soon as a front-end connects.
      </p>
      <div className={classes.command}>
        <code>{SERVE}</code>
        <CopyButton text={SERVE} label="the command" />
      </div>
      <p className={classes.hint}>To look around without a virtual machine: npm run demo</p>
    </section>
  );
}
