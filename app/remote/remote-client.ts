/**
 * The Service's client over a wire: views and the CLI cannot tell it from the one inside the engine. While
 * the engine is away calls answer `unavailable`; when it is back, what was subscribed is subscribed again and
 * a fresh snapshot follows, so that nobody builds on what was true before.
 */
import {
  COMMANDS,
  type CommandError,
  type CommandInput,
  type CommandName,
  type CommandOutput,
  type CommandResult,
} from '../contract/commands.ts';
import type { CountersEvent, PacedEvent, QueueRef, StateEvent } from '../contract/events.ts';
import { ServerFrame } from '../contract/frames.ts';
import { PacedReader } from '../contract/paced.ts';
import type { ServiceClient, Subscription } from '../contract/service.ts';
import type { OpenWire, Wire } from './wire.ts';

/** First pause before a new attempt; it doubles up to the longest. */
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 8000;

export interface RemoteOptions {
  readonly open: OpenWire;
  /** Whether a lost engine is looked for again until `dispose`; a command-line call does not. */
  readonly reconnect: boolean;
  /** Told whenever the engine comes or goes; null is connected, text says why not. */
  readonly onLink?: (lost: string | null) => void;
}

type Answer = Extract<ServerFrame, { kind: 'result' | 'error' }>;

/** The command table with each name tied to its result, which lets a generic name be followed. */
const OUTPUTS: { readonly [N in CommandName]: { readonly output: Parser<CommandOutput<N>> } } = COMMANDS;
interface Parser<T> {
  safeParse(value: unknown): { readonly success: true; readonly data: T } | { readonly success: false };
}

const LOST: CommandError = { code: 'unavailable', message: 'The engine cannot be reached.' };

export class RemoteClient implements ServiceClient {
  readonly #options: RemoteOptions;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #stateListeners = new Set<(event: StateEvent) => void>();
  readonly #countersListeners = new Set<(event: CountersEvent) => void>();
  #wire: Wire | null = null;
  #nextId = 1;
  #reader = new PacedReader();
  #isHeld = false;
  /** States that came and that the engine has not been told of as taken. */
  #untaken = 0;
  #queues: readonly QueueRef[] = [];
  #retryMs = FIRST_RETRY_MS;
  #timer: NodeJS.Timeout | null = null;
  #disposed = false;

  constructor(options: RemoteOptions) {
    this.#options = options;
  }

  /** The first attempt; → why it failed, or null. With `reconnect` attempts go on either way. */
  async start(): Promise<string | null> {
    const opened = await this.#options.open({
      frame: (raw) => this.#onFrame(raw),
      closed: () => this.#onClosed(),
    });
    if ('why' in opened) {
      this.#options.onLink?.(opened.why);
      this.#retryLater();
      return opened.why;
    }
    if (this.#disposed) {
      opened.wire.close();
      return LOST.message;
    }
    this.#wire = opened.wire;
    this.#retryMs = FIRST_RETRY_MS;
    this.#options.onLink?.(null);
    if (this.#wantsTopics()) this.#subscribe();
    if (this.#queues.length > 0) void this.call('counters.subscribe', { queues: [...this.#queues] });
    return null;
  }

  call<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandResult<N>> {
    if (name === 'counters.subscribe') this.#rememberQueues(input);
    const wire = this.#wire;
    if (wire === null) return Promise.resolve({ ok: false, error: LOST });
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, (answer) => resolve(resultOf(name, answer)));
      wire.send({ kind: 'call', id, name, input });
    });
  }

  onState(listener: (event: StateEvent) => void): Subscription {
    this.#stateListeners.add(listener);
    // Also for a second listener: its first event is a snapshot, which the others may hear again.
    this.#subscribe();
    return { dispose: () => this.#stateListeners.delete(listener) };
  }

  resync(): void {
    this.#subscribe();
  }

  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.#taken();
  }

  onCounters(listener: (event: CountersEvent) => void): Subscription {
    const first = !this.#wantsTopics();
    this.#countersListeners.add(listener);
    if (first) this.#subscribe();
    return { dispose: () => this.#countersListeners.delete(listener) };
  }

  dispose(): void {
    this.#disposed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#wire?.close();
    this.#wire = null;
    this.#failWaiting();
  }

  /** To be asked for again after a reconnection. */
  #rememberQueues(input: unknown): void {
    const wanted = COMMANDS['counters.subscribe'].input.safeParse(input);
    if (wanted.success) this.#queues = wanted.data.queues;
  }

  #wantsTopics(): boolean {
    return this.#stateListeners.size > 0 || this.#countersListeners.size > 0;
  }

  #subscribe(): void {
    this.#wire?.send({ kind: 'subscribe', paced: true });
  }

  #onFrame(raw: unknown): void {
    if (this.#disposed) return;
    const parsed = ServerFrame.safeParse(raw);
    if (!parsed.success) {
      // Two versions that do not understand each other: nothing that follows can be trusted.
      this.#wire?.close();
      return;
    }
    const frame = parsed.data;
    switch (frame.kind) {
      case 'paced':
        this.#onState(frame.event);
        return;
      case 'state':
        // Not to a client that asked for paced ones.
        return;
      case 'counters':
        for (const listener of this.#countersListeners) listener(frame.event);
        return;
      case 'result':
      case 'error': {
        if (frame.id === null) return;
        const settle = this.#waiting.get(frame.id);
        this.#waiting.delete(frame.id);
        settle?.(frame);
      }
    }
  }

  #onState(paced: PacedEvent): void {
    const event = this.#reader.read(paced);
    if (event === null) {
      this.#wire?.close();
      return;
    }
    this.#untaken++;
    for (const listener of this.#stateListeners) listener(event);
    if (!this.#isHeld) this.#taken();
  }

  #taken(): void {
    if (this.#untaken === 0) return;
    this.#wire?.send({ kind: 'taken', count: this.#untaken });
    this.#untaken = 0;
  }

  #onClosed(): void {
    this.#wire = null;
    this.#untaken = 0;
    this.#failWaiting();
    if (this.#disposed) return;
    this.#options.onLink?.('The engine closed the connection.');
    this.#retryLater();
  }

  #failWaiting(): void {
    for (const [id, settle] of this.#waiting) settle({ kind: 'error', id, error: LOST });
    this.#waiting.clear();
  }

  #retryLater(): void {
    if (this.#disposed || !this.#options.reconnect) return;
    this.#timer = setTimeout(() => void this.start(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
  }
}

function resultOf<N extends CommandName>(name: N, answer: Answer): CommandResult<N> {
  if (answer.kind === 'error') return { ok: false, error: answer.error };
  const value = OUTPUTS[name].output.safeParse(answer.value);
  if (value.success) return { ok: true, value: value.data };
  return { ok: false, error: { code: 'internal', message: `The answer to ${name} could not be read.` } };
}
