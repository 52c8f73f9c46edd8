/**
 * The panel's one store and everything that feeds it: bridge events are gathered per frame and folded by
 * `apply`, requests of the operator go out through here. Knows no React and no shell.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { CommandResult } from '../../app/contract/commands.ts';
import type { Desired } from '../../app/contract/words.ts';
import { Bridge } from '../bridge/client.ts';
import type { OpenTransport } from '../bridge/transport.ts';
import { apply, type PanelEvent } from './apply.ts';
import { FrameBatch, type FrameClock } from './frame-batch.ts';
import { rate } from './history.ts';
import { refOf, type QueueKey } from './key.ts';
import { emptyState, type PanelState } from './state.ts';

export interface PanelClock extends FrameClock {
  now(): number;
  /** Returns how to stop. */
  every(run: () => void, ms: number): () => void;
}

export interface Panel {
  readonly store: StoreApi<PanelState>;
  /** Wants a queue in software or on an accelerator. What comes of it is seen in the state, never assumed. */
  readonly setDesired: (key: QueueKey, desired: Desired, accelerator?: string) => void;
  readonly cancel: (key: QueueKey) => void;
  readonly acknowledge: (keys: readonly QueueKey[]) => void;
  readonly setReadOnly: (readOnly: boolean) => void;
  /** Which queues are on the screen: only their counters are asked for. */
  readonly watch: (keys: readonly QueueKey[]) => void;
  readonly reconnect: () => void;
  /** The measured change of a queue has been seen. */
  readonly shown: (key: QueueKey) => void;
  readonly dismissAway: () => void;
  readonly dispose: () => void;
}

/** The engine was silent for this long: it is asked for something harmless, to learn whether it lives. */
const SILENT_MS = 2_000;

export function openPanel(open: OpenTransport, clock: PanelClock): Panel {
  const store = createStore<PanelState>(() => emptyState(clock.now()));
  let watched: readonly QueueKey[] = [];
  let records = 0;
  let pacedAt = clock.now();

  const batch = new FrameBatch<PanelEvent>(clock, (events) => {
    const before = store.getState();
    const after = events.reduce(apply, before);
    store.setState(after, true);
    // A gap was found: the picture is whole again only with a snapshot.
    if (after.dropped > before.dropped) bridge.resync();
  });

  const bridge = new Bridge(open, {
    state(event) {
      records += event.kind === 'changed' ? event.queues.length + event.sessions.length : 1;
      batch.push({ kind: 'state', event, at: clock.now() });
    },
    counters: (event) => batch.push({ kind: 'counters', event, at: clock.now() }),
    link(link) {
      batch.push({ kind: 'link', link });
      if (link.kind === 'connected') subscribe();
    },
    heard: () => batch.push({ kind: 'heard', at: clock.now() }),
    unreadable: () => batch.push({ kind: 'unreadable' }),
  });

  const subscribe = (): void => {
    void bridge.call('counters.subscribe', { queues: watched.map(refOf) });
  };

  const stopTicking = clock.every(() => {
    const now = clock.now();
    const eventsPerSecond = Math.round((records * 1_000) / Math.max(1, now - pacedAt));
    records = 0;
    pacedAt = now;
    batch.push({ kind: 'paced', eventsPerSecond });
    const { link, heardAt } = store.getState();
    if (link.kind === 'connected' && now - (heardAt ?? now) >= SILENT_MS) subscribe();
  }, 1_000);

  const note = (key: QueueKey, answer: Promise<CommandResult<'queue.set' | 'queue.cancel'>>): void => {
    void answer.then((result) => {
      batch.push(result.ok ? { kind: 'taken', key } : { kind: 'refused', key, error: result.error });
    });
  };

  return {
    store,
    setDesired(key, desired, accelerator) {
      const kept = store.getState().histories.get(key)?.kept;
      const before = { kicks: rate(kept, 'kicks'), doorbells: rate(kept, 'doorbells') };
      batch.push({ kind: 'asked', key, desired, at: clock.now(), before });
      note(key, bridge.call('queue.set', { ...refOf(key), desired, accelerator: accelerator ?? null }));
    },
    cancel: (key) => note(key, bridge.call('queue.cancel', refOf(key))),
    acknowledge: (keys) => keys.forEach((key) => void bridge.call('queue.acknowledge', refOf(key))),
    setReadOnly: (readOnly) => void bridge.call('settings.setReadOnly', { readOnly }),
    watch(keys) {
      if (keys.length === watched.length && keys.every((key, place) => key === watched[place])) return;
      watched = keys;
      if (store.getState().link.kind === 'connected') subscribe();
    },
    reconnect: () => bridge.reconnect(),
    shown: (key) => batch.push({ kind: 'shown', key }),
    dismissAway: () => batch.push({ kind: 'away-read' }),
    dispose() {
      stopTicking();
      bridge.dispose();
    },
  };
}
