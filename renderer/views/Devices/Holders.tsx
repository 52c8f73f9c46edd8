/** The queues that hold a device, by VM: as long as there is one, the device cannot be released. */
import { useMemo } from 'react';
import type { AcceleratorSnapshot } from '../../../app/contract/snapshot.ts';
import { deviceWords } from '../../words/devices.ts';
import { formatRoute } from '../route.ts';
import classes from './Devices.module.css';
import { holdersByVm } from './holders.ts';

export function Holders({ device }: { device: AcceleratorSnapshot }) {
  const holders = device.group?.holders;
  const byVm = useMemo(() => holdersByVm(holders ?? []), [holders]);
  if (holders === undefined) return <p className={classes.mut}>{deviceWords.holdersUnknown}</p>;
  if (holders.length === 0) return <p className={classes.mut}>{deviceWords.free}</p>;
  return (
    <>
      <p className={classes.blocks}>{deviceWords.blocks}</p>
      <dl className={classes.facts}>
        {byVm.map(({ vm, queues }) => (
          <div key={vm} className={classes.fact}>
            <dt>{vm}</dt>
            <dd key={queues.map(({ label }) => label).join()} className={classes.queues}>
              {queues.map(({ label, key }) =>
                key === null ? (
                  <span key={label}>{label}</span>
                ) : (
                  <a key={label} href={formatRoute({ screen: 'devices', queue: key, tab: null })}>
                    {label}
                  </a>
                ),
              )}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
