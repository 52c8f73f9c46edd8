/**
 * A random history behind the panel's own frames: what its engine says goes to the page, late, twice or not at all as
 * the history has it, and what is asked on the page goes to its engine.
 */
import { COMMANDS } from '../../../app/contract/commands.ts';
import { ClientFrame, type ServerFrame } from '../../../app/contract/frames.ts';
import { COUNTER_FIELDS } from '../../../app/contract/snapshot.ts';
import { QUEUES, type Act, type History, type Index, type Said } from '../../truth/history.ts';
import type { FakeConnection, Served } from './fake-service.ts';

/** Between two ticks of the counters, in the engine's milliseconds: enough for each to be kept. */
const TICK_MS = 300;
const UNKNOWN = -1;

export class HistoryService implements Served {
  /** Every command that was asked. */
  readonly heard: string[] = [];
  #history: History;
  #request = 0;
  #at = Date.now();
  #onAsked: () => void = () => undefined;
  readonly #onLink: (link: 'cut' | 'back') => void;
  readonly #connections = new Map<FakeConnection, { isSubscribed: boolean }>();

  constructor(history: History, onLink: (link: 'cut' | 'back') => void) {
    this.#history = history;
    this.#onLink = onLink;
    this.begin(history);
  }

  /** Another history, for whoever watches already. */
  begin(history: History): void {
    this.#history = history;
    history.onSaid = (said) => this.#say(said);
    this.#send({ kind: 'state', event: history.picture() });
  }

  /** Numbers of all queues as the engine has them. */
  tick(): void {
    this.#at += TICK_MS;
    const values = QUEUES.flatMap((index) => {
      const sample = this.#history.bench.runner.state.queues[index]?.sample ?? null;
      const numbers = [...COUNTER_FIELDS, 'availIdx' as const, 'usedIdx' as const].map(
        (field) => sample?.[field] ?? UNKNOWN,
      );
      return numbers;
    });
    const queues = QUEUES.map((index) => ({ session: 'vm0', index }));
    this.#send({ kind: 'counters', event: { at: this.#at, loopDelayMs: 0, queues, values } });
  }

  /** Resolves when the engine has taken the next request of the page. */
  asked(): Promise<void> {
    return new Promise((resolve) => (this.#onAsked = resolve));
  }

  connect(connection: FakeConnection): { receive(frame: unknown): void; close(): void } {
    this.#connections.set(connection, { isSubscribed: false });
    return {
      receive: (frame) => void this.#receive(connection, ClientFrame.parse(frame)),
      close: () => void this.#connections.delete(connection),
    };
  }

  #say(said: Said): void {
    if ('link' in said) this.#onLink(said.link);
    else if (!said.isLost) this.#send({ kind: 'state', event: said.event });
  }

  #send(frame: ServerFrame): void {
    for (const [connection, { isSubscribed }] of this.#connections) if (isSubscribed) connection.send(frame);
  }

  async #receive(connection: FakeConnection, frame: ClientFrame): Promise<void> {
    // It is told of every state as it comes, not at its own pace.
    if (frame.kind === 'taken') return;
    if (frame.kind === 'subscribe') {
      this.#connections.set(connection, { isSubscribed: true });
      connection.send({ kind: 'state', event: this.#history.picture() });
      return;
    }
    this.heard.push(frame.name);
    let value: unknown = {};
    if (frame.name === 'queue.set') {
      const { index, desired } = COMMANDS['queue.set'].input.parse(frame.input);
      await this.#history.take({ do: 'desire', queue: index as Index, desired } satisfies Act);
      value = { request: ++this.#request };
    }
    connection.send({ kind: 'result', id: frame.id, ok: true, value });
    if (frame.name === 'queue.set') this.#onAsked();
  }
}
