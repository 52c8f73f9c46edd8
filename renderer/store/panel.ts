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
import { AT_A_TIME, nextToSend, recordsOf, undoOf } from './change-course.ts';
import type { Change, Targets } from './change.ts';
import { FrameBatch, type FrameClock } from './frame-batch.ts';
import { rate } from './history.ts';
import { refOf, type QueueKey } from '../../app/contract/queue-key.ts';
import { emptyState, type PanelState } from './state.ts';

export interface PanelClock extends FrameClock {
  now(): number;
  /** Returns how to stop. */
  every(run: () => void, ms: number): () => void;
}

export interface Panel {
  readonly store: StoreApi<PanelState>;
  /** Wants a queue in software or on an accelerator. What comes of it is seen in the state, never assumed. */
  readonly setDesired: (key: QueueKey, desired: Desired, accelerator?: string | null) => void;
  /** The same for many, a few at a time. The engine's answers and records say what became of each. */
  readonly change: (targets: Targets, options?: ChangeOptions) => void;
  /** Asks for what was wanted before the last change. A request like any other. */
  readonly undo: () => void;
  /** No more offer to undo the last change. */
  readonly closeChange: () => void;
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

export interface ChangeOptions {
  readonly accelerator?: string | null;
  readonly stopAtFailure?: boolean;
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
    bridge.taken();
    pump();
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
      if (!result.ok) batch.push({ kind: 'refused', key, error: result.error });
      else
        batch.push({ kind: 'taken', key, request: 'request' in result.value ? result.value.request : null });
    });
  };

  const send = (key: QueueKey, desired: Desired, accelerator: string | null): void => {
    const kept = store.getState().histories.get(key)?.kept;
    const before = { kicks: rate(kept, 'kicks'), doorbells: rate(kept, 'doorbells') };
    batch.push({ kind: 'asked', key, desired, at: clock.now(), before });
    // Whom a device stops together with this queue was named before anything is sent.
    note(key, bridge.call('queue.set', { ...refOf(key), desired, accelerator, siblings: true }));
  };

  /** Sends what the change still has to send, as far as it may now. Each leaves once: what was sent is noted. */
  const left = new Set<QueueKey>();
  const pump = (): void => {
    const state = store.getState();
    const { change } = state;
    if (change === null || change.sent.size >= change.targets.size) return;
    for (const key of nextToSend(state, change)) {
      const desired = change.targets.get(key);
      if (desired === undefined || left.has(key)) continue;
      left.add(key);
      send(key, desired, change.accelerator);
    }
  };

  let changes = 0;
  const begin = (targets: Targets, options: ChangeOptions, reverses: Change['reverses']): void => {
    const state = store.getState();
    left.clear();
    const change: Change = {
      id: ++changes,
      at: clock.now(),
      targets,
      before: recordsOf(state.queues, targets.keys()),
      accelerator: options.accelerator ?? null,
      sent: new Map(),
      stopAtFailure: options.stopAtFailure ?? false,
      reverses,
      isOver: false,
    };
    batch.push({ kind: 'change', change });
    for (const [key, desired] of [...targets].slice(0, AT_A_TIME)) {
      left.add(key);
      send(key, desired, change.accelerator);
    }
  };

  return {
    store,
    setDesired(key, desired, accelerator = null) {
      const { change } = store.getState();
      // A change of many goes on while one queue is changed beside it.
      if (change !== null && left.size < change.targets.size) send(key, desired, accelerator);
      else begin(new Map([[key, desired]]), { accelerator }, null);
    },
    change: (targets, options = {}) => begin(targets, options, null),
    undo() {
      const { change, queues } = store.getState();
      // There is one way back, and none back from it: that would be asking for the change again.
      if (change === null || change.isOver || change.reverses !== null) return;
      const targets = undoOf(queues, change);
      const requests = [...change.sent].flatMap(([key, request]) =>
        request === null || !targets.has(key) ? [] : [request],
      );
      if (targets.size > 0) begin(targets, {}, requests);
    },
    closeChange() {
      const { change } = store.getState();
      if (change !== null) batch.push({ kind: 'change-over', id: change.id });
    },
    cancel: (key) => note(key, bridge.call('queue.cancel', refOf(key))),
    acknowledge(keys) {
      batch.push({ kind: 'acknowledged', keys });
      for (const key of keys) void bridge.call('queue.acknowledge', refOf(key));
    },
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
