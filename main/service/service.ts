/**
 * The one Service of an engine. It holds no state of its own beside the read-only switch: the truth is read
 * from the engine when it is sent. Idle means idle: without subscribers nothing here ticks.
 */
import type { Service, ServiceClient } from '../../app/contract/service.ts';
import { LocalClient, type SharedContext } from './client.ts';
import { CountersTopic, measuredLoopDelay, type LoopDelay } from './counters-topic.ts';
import { EnginePicture, type EngineIdentity } from './picture.ts';
import type { EnginePort } from './port.ts';
import { StateTopic } from './state-topic.ts';

export interface ServiceOptions extends EngineIdentity {
  readonly engine: EnginePort;
  /** Carries out `engine.end`: withdraws everything; the caller's process may exit afterwards. */
  readonly end: () => Promise<void>;
  readonly loopDelay?: LoopDelay;
}

export class EngineService implements Service {
  readonly #shared: SharedContext;
  readonly #state: StateTopic;
  readonly #counters: CountersTopic;
  #request = 0;

  constructor({ engine, end, loopDelay, version, pid, startedAt }: ServiceOptions) {
    const picture = new EnginePicture(engine, { version, pid, startedAt });
    this.#state = new StateTopic(engine, picture);
    this.#counters = new CountersTopic(engine, loopDelay ?? measuredLoopDelay());
    this.#shared = {
      engine,
      picture,
      setReadOnly: (readOnly) => {
        if (picture.readOnly === readOnly) return;
        picture.readOnly = readOnly;
        this.#state.readOnlyChanged();
      },
      end,
      nextRequest: () => ++this.#request,
    };
  }

  connect(): ServiceClient {
    return new LocalClient(this.#shared, this.#state, this.#counters);
  }
}
