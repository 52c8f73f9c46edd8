/** Names and values of one part of a device. */
import { SimTag } from '../../widgets/SimTag.tsx';
import classes from './Devices.module.css';

export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly isSimulated?: boolean;
}

export function Facts({ title, facts }: { title: string; facts: readonly Fact[] }) {
  return (
    <section className={classes.part}>
      <h3>{title}</h3>
      <dl className={classes.facts}>
        {facts.map(({ name, value, isSimulated }) => (
          <div key={name} className={classes.fact}>
            <dt>{name}</dt>
            <dd key={value} className={value === '—' ? classes.mut : undefined}>
              {value} {isSimulated === true && <SimTag />}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
