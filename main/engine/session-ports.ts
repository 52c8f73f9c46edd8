/** What one session's runner needs from its connection and its surroundings. */
import type { Result } from '../base/result.ts';
import type {
  Accelerator,
  BackEndLink,
  Clock,
  DataPathSession,
  MapsAnswer,
  OwnedFd,
  PortError,
  Station,
} from './ports.ts';
import type { SessionState } from './state.ts';

/** What the back-end channel says. */
export interface BackEndListener {
  /** A u64 answer to the oldest request. */
  onAnswer(value: bigint): void;
  onLost(message: string): void;
}

/** The connection and its surroundings. */
export interface SessionPorts {
  readonly clock: Clock;
  readonly dataPath: DataPathSession;
  readonly accelerators: ReadonlyMap<string, Accelerator>;
  readonly station: Station;
  readonly pageSize: bigint;
  sendReply(frame: Uint8Array, name: string): void;
  pauseReading(): void;
  resumeReading(): void;
  /** The connection cannot go on. The runner hears of it as `disconnected`. */
  closeConnection(message: string): void;
  /** Consumes the fd, also on failure. */
  openBackEnd(fd: OwnedFd, listener: BackEndListener): Result<BackEndLink, PortError>;
  /** Whether the process behind the socket maps this file at this offset. */
  queryMaps(fd: OwnedFd, offset: bigint): Promise<MapsAnswer>;
  log(severity: 'note' | 'warn' | 'error', queue: number | null, code: string, message: string): void;
  badMessage(code: string, message: string): void;
  /** After one event and all that followed from it at once. */
  changed(before: SessionState, after: SessionState): void;
}
