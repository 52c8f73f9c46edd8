/** Beside everything simulated, always: a number from a simulation must not be taken for a measured one. */
import classes from './SimTag.module.css';

export function SimTag() {
  return (
    <abbr className={classes.sim} title="simulated">
      SIM
    </abbr>
  );
}
