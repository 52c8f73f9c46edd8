/**
 * The Service as this window sees it: calls matched to answers by id, events parsed once and handed on typed.
 * A frame that does not parse is counted and told to the listener, never shown.
 */
import type { CommandInput, CommandName, CommandResult } from '../../app/contract/commands.ts';
import { COMMANDS } from '../../app/contract/commands.ts';
import type { CountersEvent, PacedEvent, StateEvent } from '../../app/contract/events.ts';
import { exactly } from '../../app/contract/exactly.ts';
import { ServerFrame } from '../../app/contract/frames.ts';
import { PacedReader } from '../../app/contract/paced.ts';
import type { LinkState, OpenTransport, Transport } from './transport.ts';

export interface BridgeListener {
  state(event: StateEvent): void;
  counters(event: CountersEvent): void;
  link(link: LinkState): void;
  /** Any frame of the engine arrived, whatever it said. */
  heard(): void;
  /** A frame that no schema accepts: the two sides disagree about the contract. */
  unreadable(why: string): void;
}

const isServerFrame = exactly(ServerFrame);

type Settle = (frame: Extract<ServerFrame, { kind: 'result' | 'error' }>) => void;

const unavailable = {
  ok: false,
  error: { code: 'unavailable', message: 'The engine cannot be reached; nothing was sent.' },
} as const;

export class Bridge {
  readonly #transport: Transport;
  readonly #listener: BridgeListener;
  readonly #waiting = new Map<number, Settle>();
  readonly #reader = new PacedReader();
  #nextId = 1;
  /** States that came and that the engine has not been told of as taken. */
  #untaken = 0;

  constructor(open: OpenTransport, listener: BridgeListener) {
    this.#listener = listener;
    this.#transport = open({ frame: (frame) => this.#onFrame(frame), link: (link) => this.#onLink(link) });
  }

  /** Asks for the snapshot, at first and after a gap. */
  resync(): void {
    this.#transport.send({ kind: 'subscribe', paced: true });
  }

  /** What was heard so far is used up: the engine may tell what came since. */
  taken(): void {
    if (this.#untaken === 0) return;
    this.#transport.send({ kind: 'taken', count: this.#untaken });
    this.#untaken = 0;
  }

  reconnect(): void {
    this.#transport.reconnect();
  }

  /** Never rejects: a link that is down, or lost while waiting, answers `unavailable`. */
  call<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandResult<N>> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, (frame) => resolve(resultOf(name, frame)));
      if (!this.#transport.send({ kind: 'call', id, name, input })) {
        this.#waiting.delete(id);
        resolve(unavailable);
      }
    });
  }

  dispose(): void {
    this.#transport.dispose();
  }

  #onFrame(raw: unknown): void {
    this.#listener.heard();
    if (isServerFrame(raw)) {
      this.#onServerFrame(raw);
      return;
    }
    const parsed = ServerFrame.safeParse(raw);
    if (parsed.success) {
      this.#onServerFrame(parsed.data);
      return;
    }
    // It may have been a state: one that cannot be read is used up as well.
    this.#untaken++;
    this.#listener.unreadable(parsed.error.issues[0]?.message ?? 'unknown frame');
  }

  #onServerFrame(frame: ServerFrame): void {
    switch (frame.kind) {
      case 'paced':
        this.#onPaced(frame.event);
        return;
      case 'state':
        this.#listener.state(frame.event);
        return;
      case 'counters':
        this.#listener.counters(frame.event);
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

  #onPaced(paced: PacedEvent): void {
    this.#untaken++;
    const event = this.#reader.read(paced);
    if (event !== null) {
      this.#listener.state(event);
      return;
    }
    this.#listener.unreadable('a record moved that was never told');
    this.resync();
  }

  #onLink(link: LinkState): void {
    if (link.kind === 'lost') {
      for (const [id, settle] of this.#waiting) settle({ kind: 'error', id, error: unavailable.error });
      this.#waiting.clear();
    }
    this.#listener.link(link);
    if (link.kind === 'connected') this.resync();
  }
}

function resultOf<N extends CommandName>(
  name: N,
  frame: Extract<ServerFrame, { kind: 'result' | 'error' }>,
): CommandResult<N> {
  if (frame.kind === 'error') return { ok: false, error: frame.error };
  const value = COMMANDS[name].output.safeParse(frame.value);
  // The table pairs each name with its schema, but the compiler cannot follow that through an index by N.
  const done = { ok: true, value: value.data } as const;
  if (value.success) return done as CommandResult<N>;
  return { ok: false, error: { code: 'internal', message: `The answer to ${name} could not be read.` } };
}
