/** Accelerators as they are: which device, usable or not and why, whom they serve, who blocks their release. */
import type { AcceleratorSnapshot } from '../../../app/contract/snapshot.ts';
import { UNKNOWN } from '../../format/numbers.ts';
import { Glyph } from '../../widgets/Glyph.tsx';
import { SimTag } from '../../widgets/SimTag.tsx';
import { deviceWords } from '../../words/devices.ts';
import { usePanelState } from '../panel-context.ts';
import headline from '../Queues/Headline.module.css';
import classes from './Devices.module.css';
import { Facts, type Fact } from './Facts.tsx';
import { receivesText, regionsText, vectorsText, viableText } from './hardware.ts';
import { Holders } from './Holders.tsx';

export default function Devices() {
  const accelerators = usePanelState((state) => state.accelerators);
  const isLoading = usePanelState((state) => state.engine === null);
  const usable = accelerators.filter((one) => one.usable).length;
  return (
    <>
      <header className={headline.headline}>
        <h1 className={headline.sentence}>
          {isLoading ? deviceWords.loading : deviceWords.headline(usable, accelerators.length)}
        </h1>
      </header>
      <div className={classes.list} tabIndex={0} role="group" aria-label={deviceWords.title}>
        {accelerators.length === 0 && !isLoading && <p className={classes.none}>{deviceWords.none}</p>}
        {accelerators.map((one) => (
          <Device key={one.id} device={one} />
        ))}
      </div>
    </>
  );
}

function Device({ device }: { device: AcceleratorSnapshot }) {
  const words = deviceWords;
  return (
    <section className={classes.device} aria-labelledby={`device-${device.id}`}>
      <header className={classes.head}>
        <Glyph shape={device.usable ? 'diamond-filled' : 'dash'} tone={device.usable ? 'ink' : 'mut'} />
        <h2 id={`device-${device.id}`} className={classes.name}>
          {device.id}
        </h2>
        {device.simulated && <SimTag />}
        <span className={classes.kind}>{device.kind}</span>
        <span className={classes.state}>{device.usable ? words.usable : words.notUsable}</span>
      </header>
      {device.problem !== null && (
        <p className={classes.problem}>
          <b>{device.problem.message}</b> {device.problem.remedy}
        </p>
      )}
      <div className={classes.parts}>
        <Facts title={words.identity} facts={identityOf(device)} />
        <Facts title={words.abilities} facts={abilitiesOf(device)} />
        <section className={classes.part}>
          <h3>
            {words.holders}{' '}
            <span className={classes.mut}>{words.holderCount(device.group?.holders.length ?? null)}</span>
          </h3>
          <Holders device={device} />
        </section>
      </div>
    </section>
  );
}

/** What the engine does not tell of a device is a dash; what a simulated one cannot have is said to be so. */
function identityOf(device: AcceleratorSnapshot): readonly Fact[] {
  const { hardware } = device;
  const absent = device.simulated ? deviceWords.noneSimulated : UNKNOWN;
  return [
    { name: deviceWords.names.address, value: hardware?.address ?? absent },
    { name: deviceWords.names.driver, value: hardware?.driver ?? absent },
    {
      name: deviceWords.names.group,
      value: device.group === null ? deviceWords.noGroup : device.group.id,
      isSimulated: device.simulated && device.group !== null,
    },
    {
      name: deviceWords.names.viable,
      value: device.simulated ? deviceWords.alwaysViable : viableText(hardware),
    },
    { name: deviceWords.names.mac, value: hardware?.mac ?? absent },
    { name: deviceWords.names.link, value: hardware?.link ?? absent },
    { name: deviceWords.names.receives, value: device.simulated ? absent : receivesText(hardware) },
    { name: deviceWords.names.numaNode, value: hardware?.numaNode?.toString() ?? absent },
    {
      name: deviceWords.names.regions,
      value: device.simulated ? deviceWords.simulatedPages : regionsText(hardware),
    },
    {
      name: deviceWords.names.vectors,
      value: device.simulated ? deviceWords.simulatedVectors : vectorsText(hardware),
    },
    ...(device.simulated
      ? [
          {
            name: deviceWords.names.cpu,
            value: `${deviceWords.cpu(device.simulatedCpu)} ${deviceWords.silicon}`,
            isSimulated: true,
          },
        ]
      : []),
  ];
}

function abilitiesOf({ capabilities: can }: AcceleratorSnapshot): readonly Fact[] {
  return [
    { name: deviceWords.names.notifyPage, value: deviceWords.pages[can.notifyPage] },
    { name: deviceWords.names.startsAt, value: deviceWords.startsAt[can.restoreIndex] },
    {
      name: deviceWords.names.stops,
      value: can.stopPerQueue ? deviceWords.stopsAlone : deviceWords.stopsAll,
    },
    {
      name: deviceWords.names.counts,
      value: can.countsDoorbells ? deviceWords.counts : deviceWords.countsNot,
    },
    { name: deviceWords.names.logs, value: can.logsDirtyPages ? deviceWords.logs : deviceWords.logsNot },
  ];
}
