/** Accelerators as they are: usable or not and why, what they can, whom they serve. */
import { percent } from '../../format/numbers.ts';
import { parseKey } from '../../store/key.ts';
import type { AcceleratorSnapshot } from '../../../app/contract/snapshot.ts';
import { Glyph } from '../../widgets/Glyph.tsx';
import { SimTag } from '../../widgets/SimTag.tsx';
import headline from '../Queues/Headline.module.css';
import { usePanelState } from '../panel-context.ts';
import { formatRoute } from '../route.ts';
import classes from './Devices.module.css';

export function Devices() {
  const accelerators = usePanelState((state) => state.accelerators);
  const isLoading = usePanelState((state) => state.engine === null);
  const usable = accelerators.filter((one) => one.usable).length;
  return (
    <>
      <header className={headline.headline}>
        <h1 className={headline.sentence}>
          {isLoading
            ? 'Connecting to the engine'
            : accelerators.length === 0
              ? 'No accelerator is configured'
              : `${usable} of ${accelerators.length} ${accelerators.length === 1 ? 'accelerator' : 'accelerators'} usable`}
        </h1>
      </header>
      <div className={classes.list}>
        {accelerators.length === 0 && !isLoading && (
          <p className={classes.none}>
            Every queue runs in software. Start the engine with --accelerator emulated to try the other path
            without hardware.
          </p>
        )}
        {accelerators.map((one) => (
          <Device key={one.id} device={one} />
        ))}
      </div>
    </>
  );
}

function Device({ device }: { device: AcceleratorSnapshot }) {
  const { capabilities: can } = device;
  return (
    <section className={classes.device} aria-labelledby={`device-${device.id}`}>
      <header className={classes.head}>
        <Glyph shape={device.usable ? 'diamond-filled' : 'dash'} tone={device.usable ? 'ink' : 'mut'} />
        <h2 id={`device-${device.id}`} className={classes.name}>
          {device.id}
        </h2>
        {device.simulated && <SimTag />}
        <span className={classes.kind}>{device.kind}</span>
        <span className={classes.state}>{device.usable ? 'usable' : 'not usable'}</span>
      </header>
      {device.problem !== null && (
        <p className={classes.problem}>
          <b>{device.problem.message}</b> {device.problem.remedy}
        </p>
      )}
      <dl className={classes.facts}>
        <dt>group</dt>
        <dd>{device.group === null ? 'none' : device.group.id}</dd>
        <dt>notify page</dt>
        <dd>{can.notifyPage}</dd>
        <dt>starts a ring at</dt>
        <dd>{can.restoreIndex === 'any' ? 'any index' : 'index 0 only'}</dd>
        <dt>stops</dt>
        <dd>{can.stopPerQueue ? 'one queue alone' : 'all queues as a unit'}</dd>
        <dt>counts doorbells</dt>
        <dd>{can.countsDoorbells ? 'yes, observed changes: stores coalesce' : 'no, shown as —'}</dd>
        <dt>logs dirty pages</dt>
        <dd>{can.logsDirtyPages ? 'yes' : 'no: migration takes its queues back to software first'}</dd>
        {device.simulated && (
          <>
            <dt>
              simulated device CPU <SimTag />
            </dt>
            <dd>
              <span className={classes.cpu}>{percent(device.simulatedCpu)}</span> of one core. Silicon in
              reality: this cost leaves the host.
            </dd>
          </>
        )}
        <dt>holders</dt>
        <dd>{device.group === null ? '—' : <Holders holders={device.group.holders} />}</dd>
      </dl>
    </section>
  );
}

function Holders({ holders }: { holders: readonly string[] }) {
  if (holders.length === 0) return 'no queue';
  return (
    <ul className={classes.holders}>
      {holders.map((holder) => {
        const key = parseKey(holder);
        return (
          <li key={holder}>
            {key === null ? holder : <a href={formatRoute({ screen: 'queues', queue: key })}>{holder}</a>}
          </li>
        );
      })}
    </ul>
  );
}
