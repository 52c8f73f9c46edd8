/**
 * From id to handle, for one session: fds, memory tables, notify pages, rings and the accelerator queues
 * reserved for them. What is still here when the session ends was forgotten by the state machine; it is
 * closed all the same, and counted.
 */
import { keyOf } from '../../app/contract/queue-key.ts';
import { err, ok, type Result } from '../base/result.ts';
import { areaId, fdId, logId, memoryId, type AreaId, type FdId, type LogId, type MemoryId } from './ids.ts';
import type {
  Accelerator,
  AcceleratorQueue,
  DataPathQueue,
  DataPathSession,
  MappedLog,
  MappedMemory,
  NotifyArea,
  OwnedFd,
  PortError,
  Station,
} from './ports.ts';
import { roleOf } from './endpoints.ts';
import type { SessionPorts } from './session-ports.ts';
import type { Area } from './state.ts';

type Surroundings = Pick<SessionPorts, 'dataPath' | 'accelerators' | 'station'>;

export class Handles {
  readonly #session: string;
  readonly #dataPath: DataPathSession;
  readonly #accelerators: ReadonlyMap<string, Accelerator>;
  readonly #station: Station;
  readonly #fds = new Map<FdId, OwnedFd>();
  readonly #memories = new Map<MemoryId, MappedMemory>();
  readonly #logs = new Map<LogId, MappedLog>();
  readonly #areas = new Map<AreaId, NotifyArea>();
  readonly #queues = new Map<number, DataPathQueue>();
  /** By queue and accelerator: reserved at the first handover, kept as long as the session. */
  readonly #reserved = new Map<string, AcceleratorQueue>();
  readonly #serving = new Map<number, { readonly accelerator: string; readonly queue: AcceleratorQueue }>();
  #next = 1;

  constructor(session: string, { dataPath, accelerators, station }: Surroundings) {
    this.#session = session;
    this.#dataPath = dataPath;
    this.#accelerators = accelerators;
    this.#station = station;
  }

  addFd(fd: OwnedFd): FdId {
    const id = fdId(this.#next++);
    this.#fds.set(id, fd);
    return id;
  }

  fd(id: FdId): OwnedFd | null {
    return this.#fds.get(id) ?? null;
  }

  /** The caller owns it from now on. */
  takeFd(id: FdId): OwnedFd | null {
    const fd = this.fd(id);
    this.#fds.delete(id);
    return fd;
  }

  closeFd(id: FdId): void {
    this.takeFd(id)?.close();
  }

  addMemory(memory: MappedMemory): MemoryId {
    const id = memoryId(this.#next++);
    this.#memories.set(id, memory);
    return id;
  }

  memory(id: MemoryId): MappedMemory | null {
    return this.#memories.get(id) ?? null;
  }

  releaseMemory(id: MemoryId): void {
    this.#memories.get(id)?.close();
    this.#memories.delete(id);
  }

  addLog(log: MappedLog): LogId {
    const id = logId(this.#next++);
    this.#logs.set(id, log);
    return id;
  }

  log(id: LogId): MappedLog | null {
    return this.#logs.get(id) ?? null;
  }

  releaseLog(id: LogId): void {
    this.#logs.get(id)?.close();
    this.#logs.delete(id);
  }

  area(id: AreaId): NotifyArea | null {
    return this.#areas.get(id) ?? null;
  }

  closeArea(id: AreaId): void {
    this.#areas.get(id)?.fd.close();
    this.#areas.delete(id);
  }

  /** Made when it is first needed: an endpoint may have many queues that no front-end uses. */
  queue(index: number): DataPathQueue {
    const known = this.#queues.get(index);
    if (known !== undefined) return known;
    const made = this.#dataPath.queue(index, roleOf(index));
    this.#queues.set(index, made);
    return made;
  }

  /** Null for a queue that was never needed. */
  madeQueue(index: number): DataPathQueue | null {
    return this.#queues.get(index) ?? null;
  }

  closeQueue(index: number): void {
    this.letGo(index);
    this.#queues.get(index)?.close();
    this.#queues.delete(index);
  }

  /** The accelerator's queue for this ring, reserved if need be. */
  reserve(index: number, accelerator: string): Result<AcceleratorQueue, PortError> {
    const key = `${index} ${accelerator}`;
    const known = this.#reserved.get(key);
    if (known !== undefined) return ok(known);
    const device = this.#accelerators.get(accelerator);
    if (device === undefined)
      return err({ code: 'accelerator-unknown', message: `No accelerator has the id ${accelerator}` });
    const made = device.queue(keyOf(this.#session, index), this.#station);
    if (made.ok) this.#reserved.set(key, made.value);
    return made;
  }

  /** What that queue was prepared for is off. */
  unprepare(index: number, accelerator: string): void {
    this.#reserved.get(`${index} ${accelerator}`)?.unprepare();
  }

  /** From now on the accelerator's queue counts as serving the ring. */
  hold(index: number, accelerator: string, queue: AcceleratorQueue): void {
    this.#serving.set(index, { accelerator, queue });
    queue.setHolding(true);
  }

  letGo(index: number): void {
    this.#serving.get(index)?.queue.setHolding(false);
    this.#serving.delete(index);
  }

  /** The page of the accelerator that serves the ring. */
  takeArea(index: number): Result<Area, PortError> {
    const serving = this.#serving.get(index);
    if (serving === undefined)
      return err({ code: 'page-not-offered', message: 'No accelerator serves the ring' });
    const area = serving.queue.notifyArea();
    if (!area.ok) return area;
    const id = areaId(this.#next++);
    this.#areas.set(id, area.value);
    const { fd, offset, size } = area.value;
    const { kind, key } = fd.identity();
    return ok({ id, offset, size, accelerator: serving.accelerator, file: { kind, key } });
  }

  /** Fds, memory tables, logs and pages held: what the state machine has to account for. */
  held(): readonly (FdId | MemoryId | LogId | AreaId)[] {
    return [...this.#fds.keys(), ...this.#memories.keys(), ...this.#logs.keys(), ...this.#areas.keys()];
  }

  /** Closes all. The answer is how many ids had been forgotten: 0 in a correct program. */
  close(): number {
    const forgotten = this.held().length;
    for (const index of [...this.#queues.keys()]) this.closeQueue(index);
    for (const reserved of this.#reserved.values()) reserved.close();
    this.#reserved.clear();
    for (const id of [...this.#fds.keys()]) this.closeFd(id);
    for (const id of [...this.#areas.keys()]) this.closeArea(id);
    for (const id of [...this.#memories.keys()]) this.releaseMemory(id);
    for (const id of [...this.#logs.keys()]) this.releaseLog(id);
    this.#dataPath.close();
    return forgotten;
  }
}
