/**
 * A world for the pure front-end: carries out effects on a model of fds, pages and groups, and throws where
 * an effect does not fit the model (an fd closed twice, a group released that nobody holds).
 */
import type { VmmConfig } from '../config.ts';
import type { IommuPage, MapEffect, ReceivedFd, VmmEffect, VmmInput } from '../effects.ts';
import { fdId, operationId, type FdId, type OperationId } from '../ids.ts';
import type { LoneMessage } from '../lone-message.ts';
import { initialState, type OperationKind, type VmmState } from '../state.ts';
import { holdsBackend, step } from '../step.ts';

export class World {
  state: VmmState;
  /** Fds that came in and were neither closed nor handed on. */
  readonly fds = new Set<FdId>();
  /** Queue → page mapped into the guest. */
  readonly pages = new Map<number, FdId>();
  /** One entry per hold. */
  readonly groups: string[] = [];
  readonly answers: Uint8Array[] = [];
  readonly sent: string[] = [];
  readonly open = new Set<OperationId>();
  /** What `Guest.mapNotify` says next; null for success. */
  mapCode: string | null = null;
  /** What the guest's page table says next. */
  page: IommuPage | null = null;
  readonly #config: VmmConfig;
  #next = 1;

  constructor(config: VmmConfig) {
    this.#config = config;
    this.state = initialState(config);
  }

  get holdsBackend(): boolean {
    return holdsBackend(this.state);
  }

  fd(identity: Partial<ReceivedFd['identity']> = {}): ReceivedFd {
    const id = fdId(this.#next++);
    this.fds.add(id);
    return { id, identity: { kind: 'memfd', key: `memfd-${id}`, size: 4096n, seals: null, ...identity } };
  }

  connect(): void {
    this.input({ kind: 'connected', operation: this.#operation() });
  }

  call(call: OperationKind): void {
    this.input({ kind: 'call', operation: this.#operation(), call });
  }

  say(message: LoneMessage): void {
    this.input({ kind: 'say', operation: this.#operation(), message });
  }

  input(input: VmmInput): void {
    const waiting: VmmInput[] = [input];
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { state, effects } = step(this.#config, this.state, next);
      this.state = state;
      for (const effect of effects) waiting.push(...this.#carryOut(effect));
    }
  }

  #operation(): OperationId {
    const id = operationId(this.#next++);
    this.open.add(id);
    return id;
  }

  #carryOut(effect: VmmEffect): readonly VmmInput[] {
    switch (effect.kind) {
      case 'send':
        this.sent.push(effect.request.name);
        return [];
      case 'answer':
        this.answers.push(effect.bytes);
        return [];
      case 'prepare-guest':
        return [{ kind: 'guest-ready', regions: [], rings: [] }];
      case 'map':
        return [this.#map(effect)];
      case 'look-up':
        return [{ ...effect, kind: 'looked-up', page: this.page }];
      case 'unmap':
        this.#must(this.pages.delete(effect.queue), `queue ${effect.queue} has no page to unmap`);
        return [];
      case 'close-fd':
        this.#must(this.fds.delete(effect.fd), `fd ${effect.fd} is not open`);
        return [];
      case 'hold-group':
        this.#must(this.fds.delete(effect.fd), `fd ${effect.fd} is not open`);
        this.groups.push(effect.group);
        return [];
      case 'release-group':
        this.#must(this.groups.includes(effect.group), `${effect.group} is not held`);
        this.groups.splice(this.groups.indexOf(effect.group), 1);
        return [];
      case 'complete':
        this.#must(this.open.delete(effect.operation), `operation ${effect.operation} is not open`);
        return [];
      case 'drop-log':
      case 'reset-guest':
      case 'start-timer':
      case 'stop-timer':
      case 'close-channels':
      case 'announce':
        return [];
    }
  }

  #map(effect: MapEffect): VmmInput {
    this.#must(this.fds.has(effect.fd), `fd ${effect.fd} is not open`);
    if (this.mapCode === null) this.pages.set(effect.queue, effect.fd);
    return { kind: 'mapped', effect, code: this.mapCode };
  }

  #must(isSo: boolean, otherwise: string): void {
    if (!isSo) throw new Error(otherwise);
  }
}
