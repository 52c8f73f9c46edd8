/** An engine that runs, as the entries hold it. */
import type { Service } from '../contract/service.ts';

export interface RunningEngine {
  readonly service: Service;
  /** Paths of the endpoints' sockets, in the order of the options. */
  readonly sockets: readonly string[];
  /** CPU time since start: of the software path's workers, and of simulated devices (null without one). */
  cpu(): { readonly workersNs: number; readonly simulatedDeviceNs: number | null };
  /** Resolves once the engine has ended, whoever asked for it. */
  readonly ended: Promise<void>;
  /**
   * Withdraws every mapping, waits at most a second for the answers, closes every session and unlinks every socket.
   * Calling it again waits for the same end.
   */
  end(): Promise<void>;
}

export interface StartError {
  /** `wrong-call`: an option names what cannot be; `not-possible`: the system would not. */
  readonly code: 'wrong-call' | 'not-possible';
  readonly message: string;
}
