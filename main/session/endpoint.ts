/**
 * One configured socket: it listens or connects, has at most one session, and remembers what is desired of
 * each queue between sessions.
 */
import type { Stream } from '../addon/surface.ts';
import type { Disposable } from '../base/disposable.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { EndpointChange, EndpointOptions, EndpointState, LogLine } from '../engine/endpoints.ts';
import { initialQueue, type DesiredQueue } from '../engine/initial.ts';
import type { PortError, QueueStatistics } from '../engine/ports.ts';
import type { QueueState, SessionState } from '../engine/state.ts';
import type { Desired, LinkState } from '../../app/contract/words.ts';
import { BackOff } from './back-off.ts';
import { Connection, type Surroundings } from './connection.ts';
import { changedQueues } from './changed-queues.ts';
import { setSocketGroup } from './socket-group.ts';

export interface EndpointListener {
  onChange(change: EndpointChange): void;
  onLog(line: LogLine): void;
}

export class Endpoint {
  readonly options: EndpointOptions;
  readonly #surroundings: Surroundings;
  readonly #listener: EndpointListener;
  readonly #backOff = new BackOff();
  #wanted: readonly DesiredQueue[];
  /** Without a session: as the last one left them. */
  #queues: readonly QueueState[];
  #connection: Connection | null = null;
  #peer: EndpointState['peer'] = null;
  #lastSession: SessionState | null = null;
  #listening: Disposable | null = null;
  #retry: Disposable | null = null;
  #state: LinkState;
  #since: number;
  #lastError: string | null = null;
  #badMessages = 0;
  #closed = false;

  constructor(options: EndpointOptions, surroundings: Surroundings, listener: EndpointListener) {
    this.options = options;
    this.#surroundings = surroundings;
    this.#listener = listener;
    this.#state = options.mode === 'listen' ? 'waiting' : 'connecting';
    this.#since = surroundings.clock.now();
    this.#wanted = Array.from({ length: options.queuePairs * 2 }, () => ({
      desired: options.desired,
      accelerator: null,
    }));
    this.#queues = this.#wanted.map((wanted, index) => initialQueue(index, wanted, this.#since));
  }

  get connection(): Connection | null {
    return this.#connection;
  }

  state(): EndpointState {
    return {
      options: this.options,
      state: this.#state,
      since: this.#since,
      peer: this.#peer,
      lastError: this.#lastError,
      uplink: this.#connection?.uplink ?? null,
      session: this.#connection?.state ?? this.#lastSession,
      queues: this.#connection?.state.queues ?? this.#queues,
      badMessages: this.#badMessages,
    };
  }

  /** Listens, or makes the first attempt to connect. The error says why the socket cannot be had. */
  async open(): Promise<Result<void, string>> {
    const { mode, path, fileMode, group } = this.options;
    if (mode === 'connect') {
      this.#connect();
      return ok(undefined);
    }
    const listener = this.#surroundings.io.listen(path, fileMode);
    if (!listener.ok) return err(`${path}: ${listener.error.message} (${listener.error.code})`);
    listener.value.onConnection((stream) => this.#accept(stream));
    this.#listening = { dispose: () => listener.value.close() };
    if (group === null) return ok(undefined);
    const set = await setSocketGroup(path, group);
    if (!set.ok) this.#listening.dispose();
    return set;
  }

  setDesired(index: number, desired: Desired, accelerator: string | null, request: number): void {
    this.#want(index, { desired, accelerator });
    if (this.#connection === null) this.#told([index]);
    else this.#connection.runner.post({ kind: 'set-desired', queue: index, desired, accelerator, request });
  }

  /** False when nothing is in progress. */
  cancel(index: number, request: number): boolean {
    const queue = this.#connection?.state.queues[index];
    if (this.#connection === null || queue?.phase !== 'arming') return false;
    this.#want(index, { desired: 'software', accelerator: queue.desiredAccelerator });
    this.#connection.runner.post({ kind: 'cancel', queue: index, request });
    return true;
  }

  acknowledge(index: number): void {
    if (this.#connection !== null) {
      this.#connection.runner.post({ kind: 'acknowledge', queue: index });
      return;
    }
    this.#queues = this.#queues.map((queue) =>
      queue.index === index ? { ...queue, acknowledged: true } : queue,
    );
    this.#told([index]);
  }

  /** Null without a session, and for a queue that never had a ring in it. */
  statistics(index: number): QueueStatistics | null {
    return this.#connection?.runner.statistics(index) ?? null;
  }

  /** → the worker that served the queue before; null as above. */
  assign(index: number, worker: number): Result<number, PortError> | null {
    return this.#connection?.runner.assign(index, worker) ?? null;
  }

  /** Stops listening and connecting, and asks the session to withdraw every page. */
  withdraw(): void {
    this.#closed = true;
    this.#listening?.dispose();
    this.#listening = null;
    this.#retry?.dispose();
    this.#retry = null;
    this.#connection?.runner.post({ kind: 'end' });
  }

  /** After `withdraw`: ends the session whether or not the front-end answered. */
  close(): void {
    this.withdraw();
    this.#connection?.end('the endpoint was closed');
  }

  #want(index: number, wanted: DesiredQueue): void {
    this.#wanted = this.#wanted.with(index, wanted);
    this.#queues = this.#queues.map((queue) =>
      queue.index === index
        ? { ...queue, desired: wanted.desired, desiredAccelerator: wanted.accelerator }
        : queue,
    );
  }

  #accept(stream: Stream): void {
    if (this.#closed || this.#connection !== null) {
      const pid = stream.peer()?.pid;
      stream.close();
      const who = pid === undefined ? '' : ` from process ${pid}`;
      this.#log(
        'warn',
        'second-connection',
        `A second connection${who} was closed: the endpoint has one session`,
      );
      return;
    }
    this.#begin(stream);
  }

  #connect(): void {
    this.#retry = null;
    if (this.#closed) return;
    const stream = this.#surroundings.io.connect(this.options.path);
    if (stream.ok) {
      this.#backOff.reset();
      this.#begin(stream.value);
      return;
    }
    const error = `${this.options.path}: ${stream.error.message} (${stream.error.code})`;
    if (error !== this.#lastError) this.#log('note', 'connecting', error);
    this.#lastError = error;
    this.#retry = this.#surroundings.clock.after(this.#backOff.take(), () => this.#connect());
  }

  #begin(stream: Stream): void {
    const connection = new Connection(this.options, this.#wanted, stream, this.#surroundings, {
      onChange: (before, after) => this.#told(changedQueues(before, after), before, after),
      onLog: (line) => this.#listener.onLog(line),
      onBadMessage: () => this.#badMessages++,
      onUplink: () =>
        this.#listener.onChange({ name: this.options.name, removed: false, link: true, queues: [] }),
      onEnd: (message) => this.#ended(connection, message),
    });
    this.#connection = connection;
    const { pid } = connection;
    this.#peer = pid === null ? null : { pid, name: this.#surroundings.io.processName(pid) };
    this.#lastError = null;
    this.#enter('connected');
    this.#log(
      'note',
      'connected',
      `A front-end connected${connection.pid === null ? '' : `, process ${connection.pid}`}`,
    );
  }

  #ended(connection: Connection, message: string): void {
    this.#lastSession = connection.state;
    this.#queues = connection.state.queues;
    this.#connection = null;
    this.#peer = null;
    this.#lastError = message;
    this.#log('note', 'disconnected', `The session ended: ${message}`);
    this.#enter(this.options.mode === 'listen' ? 'lost' : 'connecting');
    if (this.options.mode === 'connect' && !this.#closed)
      this.#retry = this.#surroundings.clock.after(this.#backOff.take(), () => this.#connect());
  }

  #enter(state: LinkState): void {
    this.#state = state;
    this.#since = this.#surroundings.clock.now();
    this.#listener.onChange({
      name: this.options.name,
      removed: false,
      link: true,
      queues: this.state().queues.map((queue) => queue.index),
    });
  }

  #told(queues: readonly number[], before?: SessionState, after?: SessionState): void {
    const link =
      before?.ackedFeatures !== after?.ackedFeatures ||
      before?.ackedProtocol !== after?.ackedProtocol ||
      before?.memory !== after?.memory;
    if (queues.length > 0 || link)
      this.#listener.onChange({ name: this.options.name, removed: false, link, queues });
  }

  #log(severity: LogLine['severity'], code: string, message: string): void {
    const at = this.#surroundings.clock.now();
    this.#listener.onLog({ at, severity, session: this.options.name, queue: null, code, message });
  }
}
