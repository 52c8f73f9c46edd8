/**
 * The engine as its callers see it: endpoints by name, their states, and the few things that can be asked
 * of them. `main/session` implements it.
 */
import type { Desired, Dialect, ErrorCode, LinkState, Role } from '../../app/contract/words.ts';
import type { Disposable } from '../base/disposable.ts';
import type { Result } from '../base/result.ts';
import type { Accelerator, QueueStatistics, UplinkState } from './ports.ts';
import type { QueueState, SessionState } from './state.ts';

export interface EndpointOptions {
  readonly name: string;
  /** Of the unix socket. */
  readonly path: string;
  readonly mode: 'listen' | 'connect';
  readonly dialect: Dialect;
  /** What queues start with, before an operator says otherwise. */
  readonly desired: Desired;
  /** Permission bits of a listening socket's file. */
  readonly fileMode: number;
  /** Group that owns a listening socket's file; null leaves it. */
  readonly group: string | null;
  /** 1…16. */
  readonly queuePairs: number;
  /** Largest MTU that a front-end may give its guest, 68…65535; null: none may be given (NET_F_MTU is not offered). */
  readonly mtu: number | null;
  /** Of its guest's network device, lower-case with colons; null: it is not given one. */
  readonly mac: string | null;
  /**
   * The device's configuration is offered (CONFIG), for VMMs that take it from the back-end: address, link, MTU. QEMU does not,
   * and warns where it is offered.
   */
  readonly config: boolean;
  /** The VM may be behind a vIOMMU: ACCESS_PLATFORM is offered, and the software path follows it. */
  readonly iommu: boolean;
  /** Id of an accelerator with a network of its own, which is this endpoint's in place of the switch; null: the switch. */
  readonly uplink: string | null;
  /** The front-end behind this socket is Doorbell's own simulated guest. */
  readonly simulated: boolean;
}

export interface EndpointState {
  readonly options: EndpointOptions;
  readonly state: LinkState;
  /** When `state` began. */
  readonly since: number;
  readonly peer: { readonly pid: number; readonly name: string | null } | null;
  readonly lastError: string | null;
  /** Of the live session; null without one, and where its network is the switch. */
  readonly uplink: UplinkState | null;
  /** The live session, or the last one when `state` is `lost`. */
  readonly session: SessionState | null;
  /** Two per queue pair, at all times: without a session they are down, with their desired state. */
  readonly queues: readonly QueueState[];
  /** Messages that were refused or ignored since the endpoint was added. */
  readonly badMessages: number;
}

export interface EndpointChange {
  readonly name: string;
  readonly removed: boolean;
  /** Something other than a queue changed. */
  readonly link: boolean;
  readonly queues: readonly number[];
}

export interface LogLine {
  readonly at: number;
  readonly severity: 'note' | 'warn' | 'error';
  readonly session: string | null;
  readonly queue: number | null;
  readonly code: string;
  readonly message: string;
}

export interface EndpointError {
  readonly code: ErrorCode;
  readonly message: string;
}

export interface Endpoints {
  list(): readonly EndpointState[];
  get(name: string): EndpointState | null;
  accelerators(): readonly Accelerator[];
  /** Binds and listens, or begins to connect. `invalid-input`, or an errno name in the message. */
  add(options: EndpointOptions): Promise<Result<void, EndpointError>>;
  remove(name: string): Promise<Result<void, EndpointError>>;
  /** On a queue that fell back, `accelerated` is a retry. `request` is named as the cause of what follows. */
  setDesired(
    name: string,
    index: number,
    desired: Desired,
    accelerator: string | null,
    request: number,
  ): Result<void, EndpointError>;
  /** Ends a change in progress by undoing it; desired becomes software. */
  cancel(name: string, index: number, request: number): Result<void, EndpointError>;
  acknowledge(name: string, index: number): Result<void, EndpointError>;
  /** What the software path did for the queue in this session; `not-connected` where it never had a ring in it. */
  statistics(name: string, index: number): Result<QueueStatistics, EndpointError>;
  /** Another worker serves the queue, until its session ends; → the one that did. */
  assign(name: string, index: number, worker: number): Result<number, EndpointError>;
  /** Reads every queue's counters now; the states that `list` returns afterwards carry them. */
  sampleAll(): void;
  /** Called after each change, at once; the listener must not block. */
  onChange(listener: (change: EndpointChange) => void): Disposable;
  onLog(listener: (line: LogLine) => void): Disposable;
  /** Withdraws every mapping, waits at most 1 s for the answers, closes every session. */
  end(): Promise<void>;
}

export const roleOf = (index: number): Role => (index % 2 === 0 ? 'rx' : 'tx');
