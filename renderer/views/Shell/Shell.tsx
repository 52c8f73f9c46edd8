/** The window: rail, screen, drawer, status bar. */
import { lazy, Suspense, type ReactNode } from 'react';
import { screenWords, shellWords } from '../../words/shell.ts';
import { ProposalProvider } from '../Change/ProposalProvider.tsx';
import { UndoNotice } from '../Change/UndoNotice.tsx';
import { QueueDrawer } from '../QueueDrawer/QueueDrawer.tsx';
import { Queues } from '../Queues/Queues.tsx';
import { hasDrawer, useRoute, type Screen } from '../route.ts';
import { useLiveness } from '../use-blocked.ts';
import { Announcer } from './Announcer.tsx';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { FallbackNotifier } from './FallbackNotifier.tsx';
import { Feed } from './Feed.tsx';
import { Dialogs } from './Dialogs.tsx';
import { LinkNotice, SimRibbon } from './Notices.tsx';
import { Rail } from './Rail.tsx';
import classes from './Shell.module.css';
import { StatusBar } from './StatusBar.tsx';

/** Not part of the first screen: loaded when they are asked for. */
const NotifyMap = lazy(() => import('../NotifyMap/NotifyMap.tsx'));
const Trace = lazy(() => import('../Trace/Trace.tsx'));
const Devices = lazy(() => import('../Devices/Devices.tsx'));

const VIEWS: Readonly<Record<Screen, ReactNode>> = {
  queues: <Queues />,
  map: <NotifyMap />,
  trace: <Trace />,
  devices: <Devices />,
};

export function Shell() {
  const route = useRoute();
  const { screen, queue } = route;
  const liveness = useLiveness();
  return (
    <ProposalProvider>
      <div className={classes.window} data-liveness={liveness}>
        <SimRibbon />
        <div className={classes.middle}>
          <Rail />
          <main className={classes.screen} data-screen={screen}>
            <div className={classes.view}>
              <ErrorBoundary name={screenWords[screen]} key={screen}>
                <Suspense fallback={null}>{VIEWS[screen]}</Suspense>
              </ErrorBoundary>
            </div>
            <Feed />
            <UndoNotice />
            <LinkNotice />
          </main>
          {queue !== null && hasDrawer(route) && (
            <ErrorBoundary name={shellWords.theQueue} key={queue}>
              <QueueDrawer id={queue} />
            </ErrorBoundary>
          )}
        </div>
        <StatusBar />
        <Announcer />
        <Dialogs />
        <FallbackNotifier />
      </div>
    </ProposalProvider>
  );
}
