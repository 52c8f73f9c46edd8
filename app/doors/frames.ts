/**
 * One client's connection, whatever carries it: contract frames in, contract frames out. All doors share this
 * file, so a command is validated in one way and a slow reader is treated in one way: it gets the newest
 * counters, and where state had to be left out it gets a new snapshot instead of a gap. A reader that paces itself
 * leaves nothing out: what it has not asked for yet waits in the service, as the newest of everything.
 */
import { COMMANDS } from '../contract/commands.ts';
import type { CountersEvent, StateEvent } from '../contract/events.ts';
import { ClientFrame, PACED_AHEAD, type ServerFrame } from '../contract/frames.ts';
import { PacedWriter } from '../contract/paced.ts';
import type { Service, ServiceClient } from '../contract/service.ts';

/** Above this many unread bytes counters wait for the reader. */
const COUNTERS_LIMIT = 64 * 1024;
/** Above this many, state waits too; what is missed is made good by a snapshot. */
const STATE_LIMIT = 1024 * 1024;
/** A client that asks without reading its answers is not served for ever. */
const CLOSE_LIMIT = 64 * 1024 * 1024;

export interface FrameCarrier {
  /** One frame as JSON text without line feeds. */
  send(text: string): void;
  /** Bytes that were sent and not yet taken by the reader. */
  unread(): number;
  close(): void;
}

export class FrameConnection {
  readonly #client: ServiceClient;
  readonly #carrier: FrameCarrier;
  #subscribed = false;
  /** Null for a reader that does not pace itself. */
  #paced: PacedWriter | null = null;
  /** Paced states that were sent and not taken yet. */
  #ahead = 0;
  #missedState = false;
  #waitingCounters: CountersEvent | null = null;
  #closed = false;

  constructor(service: Service, carrier: FrameCarrier) {
    this.#client = service.connect();
    this.#carrier = carrier;
  }

  /** One frame of the client as JSON text; whatever it holds, it is answered and never throws. */
  receiveText(text: string): void {
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      this.#refuse(null, 'The frame is not JSON.');
      return;
    }
    this.receive(frame);
  }

  /** The same for a carrier that parses. */
  receive(raw: unknown): void {
    if (this.#closed) return;
    const parsed = ClientFrame.safeParse(raw);
    if (!parsed.success) {
      this.#refuse(idOf(raw), `The frame is not of the contract: ${firstIssue(parsed.error)}.`);
      return;
    }
    switch (parsed.data.kind) {
      case 'subscribe':
        this.#subscribe(parsed.data.paced === true);
        return;
      case 'taken':
        this.#ahead = Math.max(0, this.#ahead - parsed.data.count);
        if (this.#ahead < PACED_AHEAD) this.#client.release();
        return;
      case 'call':
        void this.#call(parsed.data);
    }
  }

  /** The reader caught up: what waited is sent now. */
  drained(): void {
    if (this.#closed) return;
    if (this.#missedState) this.#client.resync();
    const counters = this.#waitingCounters;
    this.#waitingCounters = null;
    if (counters !== null) this.#onCounters(counters);
  }

  /** The carrier is gone; idempotent. */
  close(): void {
    this.#closed = true;
    this.#client.dispose();
  }

  async #call({ id, name, input }: Extract<ClientFrame, { kind: 'call' }>): Promise<void> {
    const parsed = COMMANDS[name].input.safeParse(input);
    if (!parsed.success) {
      this.#refuse(id, `${name}: ${firstIssue(parsed.error)}.`);
      return;
    }
    const result = await this.#client.call(name, parsed.data);
    this.#send(
      result.ok
        ? { kind: 'result', id, ok: true, value: result.value }
        : { kind: 'error', id, error: result.error },
    );
  }

  #subscribe(isPaced: boolean): void {
    this.#paced = isPaced ? new PacedWriter() : null;
    if (this.#subscribed) {
      this.#client.resync();
      return;
    }
    this.#subscribed = true;
    this.#client.onState((event) => this.#onState(event));
    this.#client.onCounters((event) => this.#onCounters(event));
  }

  #onState(event: StateEvent): void {
    if (event.kind === 'snapshot') this.#missedState = false;
    else if (this.#missedState) return;
    if (this.#carrier.unread() > STATE_LIMIT) this.#missedState = true;
    else if (this.#paced === null) this.#send({ kind: 'state', event });
    else {
      this.#ahead++;
      if (this.#ahead >= PACED_AHEAD) this.#client.hold();
      this.#send({ kind: 'paced', event: this.#paced.write(event) });
    }
  }

  #onCounters(event: CountersEvent): void {
    if (this.#carrier.unread() > COUNTERS_LIMIT) this.#waitingCounters = event;
    else this.#send({ kind: 'counters', event });
  }

  #refuse(id: number | null, message: string): void {
    this.#send({ kind: 'error', id, error: { code: 'invalid-input', message } });
  }

  #send(frame: ServerFrame): void {
    if (this.#closed) return;
    this.#carrier.send(JSON.stringify(frame));
    if (this.#carrier.unread() > CLOSE_LIMIT) this.#carrier.close();
  }
}

/** The first thing that is wrong, with its place: `queue.set: index: Invalid input…`. */
function firstIssue(error: { readonly issues: readonly { path: PropertyKey[]; message: string }[] }): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'invalid';
  return issue.path.length === 0 ? issue.message : `${issue.path.map(String).join('.')}: ${issue.message}`;
}

/** The id of a frame that does not parse, where it has one, so that its caller does not wait in vain. */
function idOf(raw: unknown): number | null {
  if (typeof raw !== 'object' || raw === null || !('id' in raw)) return null;
  return Number.isInteger(raw.id) ? Number(raw.id) : null;
}
