/**
 * A front-end without a virtual machine: it speaks to any vhost-user back-end as QEMU (or another, by profile) does, with a simulated
 * guest on real rings. This is the half of the socket that has the guest: it maps the notify pages that the
 * back-end offers into the guest, and takes them away when a ring stops.
 *
 * The decisions are in `step`; here they meet sockets, fds, timers and the guest.
 */
import type { Addon, Guest, Listener, NativeResult, Stream } from '../addon/surface.ts';
import { assertNever } from '../base/assert-never.ts';
import { disposable, type Disposable } from '../base/disposable.ts';
import { Mailbox } from '../base/mailbox.ts';
import { err, type Result } from '../base/result.ts';
import type { GuestAddr } from '../wire/address.ts';
import type { Dialect } from '../wire/dialect.ts';
import { virtioMask } from '../wire/virtio-features.ts';
import { Channels } from './channels.ts';
import { DRIVER_FEATURES, type VmmConfig } from './config.ts';
import type { VmmEffect, VmmEvent, VmmFailure, VmmInput } from './effects.ts';
import { NO_FAULTS, type FaultProfile } from './faults.ts';
import { FdTable } from './fd-table.ts';
import { GroupRegistry } from './groups.ts';
import { operationId, type OperationId } from './ids.ts';
import { KvmInterruptRouter } from './kvm-interrupt-router.ts';
import type { LoneMessage } from './lone-message.ts';
import { SimulatedGuest } from './simulated-guest.ts';
import type { Profile } from './profiles/profile.ts';
import { qemu } from './profiles/qemu.ts';
import { snapshotOf, type VmmSnapshot } from './snapshot.ts';
import { initialState, type OperationKind, type VmmState } from './state.ts';
import { holdsBackend, step } from './step.ts';
import { Timers } from './timers.ts';

export interface VmmOptions {
  /** For people: names the holder of a group. */
  readonly name?: string;
  readonly dialect?: Dialect;
  /** The VMM that it is like; QEMU by default. */
  readonly profile?: Profile;
  /** 1…64, default 1. */
  readonly queuePairs?: number;
  /** Power of two 4…4096, default 256. */
  readonly queueSize?: number;
  /** Ring index at which fresh rings begin, as in SET_VRING_BASE; by default where they begin in a real guest. */
  readonly freshBase?: number;
  /** Virtio features of the driver; VERSION_1 is required. */
  readonly virtioFeatures?: bigint;
  /** The guest is behind an IOMMU, which the back-end must offer to follow (ACCESS_PLATFORM). */
  readonly iommu?: boolean;
  /** Protocol features to acknowledge where offered. */
  readonly protocolFeatures?: bigint;
  /** Milliseconds, default 5000. */
  readonly answerDeadlineMs?: number;
  readonly faults?: FaultProfile;
  /** Shared by front-ends that could meet the same VFIO group. */
  readonly groups?: GroupRegistry;
}

type Outcome = Result<void, VmmFailure>;

export class Vmm {
  readonly config: VmmConfig;
  readonly #addon: Addon;
  readonly #name: string;
  readonly #guest: SimulatedGuest;
  readonly #groups: GroupRegistry;
  readonly #fds = new FdTable();
  readonly #timers: Timers;
  readonly #channels: Channels;
  readonly #mailbox = new Mailbox<VmmInput>((input) => this.#handle(input));
  readonly #listeners = new Set<(event: VmmEvent) => void>();
  readonly #calls = new Map<OperationId, (outcome: Outcome) => void>();
  #state: VmmState;
  #nextOperation = 1;
  #closed = false;

  constructor(addon: Addon, options: VmmOptions = {}) {
    const dialect = options.dialect ?? 'upstream';
    const profile = options.profile ?? qemu;
    this.config = {
      dialect,
      profile,
      queuePairs: options.queuePairs ?? 1,
      queueSize: options.queueSize ?? 256,
      freshBase: options.freshBase ?? null,
      virtioFeatures:
        (options.virtioFeatures ?? DRIVER_FEATURES) |
        (options.iommu === true ? virtioMask('F_ACCESS_PLATFORM') : 0n),
      protocolFeatures: options.protocolFeatures ?? profile.protocolFeatures[dialect],
      answerDeadlineMs: options.answerDeadlineMs ?? 5_000,
      pageSize: addon.io.pageSize(),
    };
    this.#addon = addon;
    this.#name = options.name ?? 'vmm';
    this.#groups = options.groups ?? new GroupRegistry(new KvmInterruptRouter(addon.io));
    this.#guest = new SimulatedGuest(addon, this.config);
    this.#timers = new Timers((timer) => this.#mailbox.post({ kind: 'timer', timer }));
    this.#channels = new Channels(addon.io, this.#fds, (input) => this.#mailbox.post(input));
    this.#state = initialState(this.config, options.faults ?? NO_FAULTS);
  }

  /** Null before the first feature exchange; another one after a connection with other features. */
  get guest(): Guest | null {
    return this.#guest.guest;
  }

  snapshot(): VmmSnapshot {
    return snapshotOf(this.config, this.#state, this.#groups.interrupts());
  }

  onEvent(listener: (event: VmmEvent) => void): Disposable {
    this.#listeners.add(listener);
    return disposable(() => this.#listeners.delete(listener));
  }

  /** Connects to a back-end that listens, and does all that QEMU does before its guest's driver starts. */
  connect(path: string): Promise<Outcome> {
    if (this.#closed || this.#state.link === 'connected')
      return Promise.resolve(err({ code: 'state', message: 'Connected or closed already' }));
    const stream = this.#addon.io.connect(path);
    if (!stream.ok)
      return Promise.resolve(err({ code: 'system', message: `${path}: ${stream.error.message}` }));
    return this.#adopt(stream.value);
  }

  /** Waits for back-ends that connect, one at a time; the listener is the caller's to close. */
  listen(path: string): NativeResult<Listener> {
    const listener = this.#addon.io.listen(path, 0o600);
    if (!listener.ok) return listener;
    listener.value.onConnection((stream) => {
      if (this.#closed || this.#state.link === 'connected') stream.close();
      else void this.#adopt(stream);
    });
    return listener;
  }

  /** The driver starts the device: memory, rings, kicks. Page offers are taken from then on. */
  start(): Promise<Outcome> {
    return this.#call('start');
  }

  /** GET_VRING_BASE for every queue; the rings keep their place, `start` goes on from it. */
  stop(): Promise<Outcome> {
    return this.#call('stop');
  }

  /** The guest resets the device: like `stop`, then fresh rings and the driver at rest. */
  reset(): Promise<Outcome> {
    return this.#call('reset');
  }

  /** Takes the translation away that the back-end has longest; nothing where it has none, or there is no IOMMU. */
  invalidate(): Promise<Outcome> {
    return this.#call('invalidate');
  }

  /**
   * The back-end marks every page that it writes from now on; a device that is stopped, from its next start on. It ends
   * with `stopLogging` or with the connection.
   */
  startLogging(): Promise<Outcome> {
    return this.#call('start-logging');
  }

  /** Guest addresses of the 4096-byte pages written since the last call, ascending; none while nothing is logged. */
  dirtyPages(): readonly GuestAddr[] {
    return this.#guest.takeDirty();
  }

  /** Pages that were not taken by then are forgotten. */
  stopLogging(): Promise<Outcome> {
    return this.#call('stop-logging');
  }

  /** Takes the memory slots of a stopped device away, region by region; the next start adds them again. */
  removeMemory(): Promise<Outcome> {
    return this.#call('remove-memory');
  }

  /** One message that belongs to no sequence. */
  say(message: LoneMessage): Promise<Outcome> {
    return this.#invoke((operation) => ({ kind: 'say', operation, message }));
  }

  /** From the next request of the back-end on. */
  setFaults(faults: FaultProfile): void {
    this.#mailbox.post({ kind: 'set-faults', faults });
  }

  /** Cuts the connection: pages unmapped, groups released. `connect` may follow. */
  disconnect(): void {
    this.#mailbox.post({ kind: 'closed', reason: 'Disconnected by this front-end' });
  }

  /** Ends everything, the guest too. Idempotent; from inside a listener it takes effect after the event. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.disconnect();
  }

  #adopt(stream: Stream): Promise<Outcome> {
    this.#channels.open(stream);
    return this.#begin((operation) => ({ kind: 'connected', operation }));
  }

  #call(call: OperationKind): Promise<Outcome> {
    return this.#invoke((operation) => ({ kind: 'call', operation, call }));
  }

  #invoke(input: (operation: OperationId) => VmmInput): Promise<Outcome> {
    if (this.#closed) return Promise.resolve(err({ code: 'state', message: 'Closed already' }));
    return this.#begin(input);
  }

  #begin(input: (operation: OperationId) => VmmInput): Promise<Outcome> {
    const id = operationId(this.#nextOperation++);
    return new Promise((resolve) => {
      this.#calls.set(id, resolve);
      this.#mailbox.post(input(id));
    });
  }

  #handle(input: VmmInput): void {
    const { state, effects } = step(this.config, this.#state, input);
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
    this.#channels.holdBackend(holdsBackend(this.#state));
    if (this.#closed && state.link === 'disconnected') this.#finish();
  }

  #finish(): void {
    this.#mailbox.close();
    this.#timers.dispose();
    this.#guest.close();
    this.#fds.closeAll();
    this.#listeners.clear();
  }

  #carryOut(effect: VmmEffect): void {
    switch (effect.kind) {
      case 'send':
        this.#channels.send(effect.request, this.#guest);
        return;
      case 'answer':
        this.#channels.answer(effect.bytes);
        return;
      case 'close-channels':
        this.#channels.close();
        return;
      case 'prepare-guest': {
        const prepared = this.#guest.prepare(effect.features);
        this.#mailbox.post(
          prepared.ok
            ? { kind: 'guest-ready', ...prepared.value }
            : { kind: 'guest-failed', message: prepared.error },
        );
        return;
      }
      case 'reset-guest':
        this.guest?.reset(this.config.freshBase ?? undefined);
        return;
      case 'map': {
        const fd = this.#fds.borrow(effect.fd);
        const mapped =
          fd === null ? null : this.guest?.mapNotify(effect.queue, fd, effect.offset, effect.size);
        const code = mapped?.ok === true ? null : (mapped?.error.code ?? 'not-mappable');
        this.#mailbox.post({ kind: 'mapped', effect, code });
        return;
      }
      case 'look-up': {
        const page = this.guest?.translate(effect.miss.iova) ?? null;
        this.#mailbox.post({ ...effect, kind: 'looked-up', page });
        return;
      }
      case 'unmap':
        this.guest?.unmapNotify(effect.queue);
        return;
      case 'hold-group': {
        const fd = this.#fds.take(effect.fd);
        if (fd !== null) this.#groups.hold(effect.group, `${this.#name}/${effect.queue}`, fd);
        return;
      }
      case 'release-group':
        this.#groups.release(effect.group, `${this.#name}/${effect.queue}`);
        return;
      case 'close-fd':
        this.#fds.close(effect.fd);
        return;
      case 'drop-log':
        this.#guest.dropLog();
        return;
      case 'start-timer':
        this.#timers.start(effect.timer, effect.milliseconds);
        return;
      case 'stop-timer':
        this.#timers.stop(effect.timer);
        return;
      case 'complete':
        this.#calls.get(effect.operation)?.(effect.result);
        this.#calls.delete(effect.operation);
        return;
      case 'announce':
        for (const listener of this.#listeners) listener(effect.event);
        return;
      default:
        assertNever(effect);
    }
  }
}
