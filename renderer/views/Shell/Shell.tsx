/** The window: rail, screen, drawer, status bar. */
import { Devices } from '../Devices/Devices.tsx';
import { QueueDrawer } from '../QueueDrawer/QueueDrawer.tsx';
import { Queues } from '../Queues/Queues.tsx';
import { useRoute } from '../route.ts';
import { useLiveness } from '../use-blocked.ts';
import { Announcer } from './Announcer.tsx';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { Feed } from './Feed.tsx';
import { KeysOnDemand } from './KeysOnDemand.tsx';
import { LinkNotice, SimRibbon } from './Notices.tsx';
import { Rail } from './Rail.tsx';
import classes from './Shell.module.css';
import { StatusBar } from './StatusBar.tsx';

export function Shell() {
  const { screen, queue } = useRoute();
  const liveness = useLiveness();
  return (
    <div className={classes.window} data-liveness={liveness}>
      <SimRibbon />
      <div className={classes.middle}>
        <Rail />
        <main className={classes.screen}>
          <div className={classes.view}>
            <ErrorBoundary name={screen === 'queues' ? 'Queues' : 'Devices'} key={screen}>
              {screen === 'queues' ? <Queues /> : <Devices />}
            </ErrorBoundary>
          </div>
          <Feed />
          <LinkNotice />
        </main>
        {queue !== null && (
          <ErrorBoundary name="The queue" key={queue}>
            <QueueDrawer id={queue} />
          </ErrorBoundary>
        )}
      </div>
      <StatusBar />
      <Announcer />
      <KeysOnDemand />
    </div>
  );
}
