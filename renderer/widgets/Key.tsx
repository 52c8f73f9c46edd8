/** A key of the keyboard, as printed beside what it does. */
import classes from './Key.module.css';

export function Key({ children }: { children: string }) {
  return <kbd className={classes.key}>{children}</kbd>;
}
