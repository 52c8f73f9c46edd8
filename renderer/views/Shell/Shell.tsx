/** The window: rail, screen, drawer, status bar. */
import { lazy, Suspense, type ReactNode } from 'react';
import { Devices } from '../Devices/Devices.tsx';
import { QueueDrawer } from '../QueueDrawer/QueueDrawer.tsx';
import { Queues } from '../Queues/Queues.tsx';
import { useRoute, type Screen } from '../route.ts';
import { useLiveness } from '../use-blocked.ts';
import { Announcer } from './Announcer.tsx';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { Feed } from './Feed.tsx';
import { KeysOnDemand } from './KeysOnDemand.tsx';
import { LinkNotice, SimRibbon } from './Notices.tsx';
import { Rail } from './Rail.tsx';
import classes from './Shell.module.css';
import { StatusBar } from './StatusBar.tsx';

/** Not part of the first screen: loaded when it is asked for. */
const NotifyMap = lazy(() => import('../NotifyMap/NotifyMap.tsx'));

const VIEWS: Readonly<Record<Screen, { readonly name: string; readonly view: ReactNode }>> = {
  queues: { name: 'Queues', view: <Queues /> },
  map: { name: 'Notify map', view: <NotifyMap /> },
  devices: { name: 'Devices', view: <Devices /> },
};

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
            <ErrorBoundary name={VIEWS[screen].name} key={screen}>
              <Suspense fallback={null}>{VIEWS[screen].view}</Suspense>
            </ErrorBoundary>
          </div>
          <Feed />
          <LinkNotice />
        </main>
        {queue !== null && screen !== 'map' && (
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
