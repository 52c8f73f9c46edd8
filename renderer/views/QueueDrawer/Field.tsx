/** A name and its value; `wide` takes the whole line. */
import type { ReactNode } from 'react';
import classes from './QueueDrawer.module.css';

export function Field({
  name,
  wide = false,
  children,
}: {
  name: string;
  wide?: boolean;
  children: ReactNode;
}) {
  return (
    <div className={classes.field} data-wide={wide}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
