/** All that can happen to a session, as values: what the sockets say, what effects report, what callers ask. */
import type { Desired } from '../../app/contract/words.ts';
import type { Result } from '../base/result.ts';
import type { Header } from '../wire/header.ts';
import type { EffectId, FdId, LogId, MemoryId } from './ids.ts';
import type { FdKind, MapsAnswer, PortError, SampleRow, TranslationMiss } from './ports.ts';
import type { Area } from './state.ts';

export interface ReceivedFd {
  readonly id: FdId;
  readonly kind: FdKind;
  /** What tells it from others of its kind; null where the kernel does not. */
  readonly key: string | null;
}

/** How an effect with an id ended; each ends exactly once. `queue` repeats the effect's. */
export type Report =
  | { readonly of: 'map-memory'; readonly result: Result<MemoryId, PortError> }
  | { readonly of: 'map-log'; readonly result: Result<LogId, PortError> }
  | { readonly of: 'open-back-end'; readonly result: Result<void, PortError> }
  | { readonly of: 'start'; readonly queue: number; readonly result: Result<void, PortError> }
  | { readonly of: 'stop'; readonly queue: number; readonly base: number }
  | { readonly of: 'replace-memory'; readonly queue: number; readonly result: Result<void, PortError> }
  | { readonly of: 'prepare'; readonly queue: number; readonly result: Result<void, PortError> }
  | {
      readonly of: 'handover-to' | 'handover-back';
      readonly queue: number;
      readonly result: Result<{ readonly base: number; readonly blackoutNs: number }, PortError>;
    }
  | {
      readonly of: 'take-area';
      readonly queue: number;
      readonly result: Result<Area, PortError>;
    }
  | { readonly of: 'translate'; readonly result: Result<void, PortError> }
  | { readonly of: 'forget-translations' }
  | { readonly of: 'read-miss'; readonly queue: number; readonly miss: TranslationMiss | null }
  | { readonly of: 'query-maps'; readonly queue: number; readonly answer: MapsAnswer }
  | { readonly of: 'sample'; readonly queue: number; readonly row: SampleRow | null }
  | { readonly of: 'timer'; readonly queue: number };

export type SessionEvent =
  /** A whole message of the front-end socket. Never while a reply is owed. */
  | {
      readonly kind: 'frame';
      readonly header: Header;
      readonly body: Uint8Array;
      /** At least as many as `fds`: some may have been closed on arrival. */
      readonly fdCount: number;
      readonly fds: readonly ReceivedFd[];
    }
  | { readonly kind: 'done'; readonly effect: EffectId; readonly report: Report }
  /** The answer to the oldest outstanding back-end request: 0 is success. */
  | { readonly kind: 'answer'; readonly value: bigint }
  | { readonly kind: 'back-end-lost'; readonly message: string }
  | {
      readonly kind: 'set-desired';
      readonly queue: number;
      readonly desired: Desired;
      readonly accelerator: string | null;
      readonly request: number;
    }
  | { readonly kind: 'cancel'; readonly queue: number; readonly request: number }
  | { readonly kind: 'acknowledge'; readonly queue: number }
  /** The device serves nothing more; `message` says why. */
  | { readonly kind: 'device-fault'; readonly accelerator: string; readonly message: string }
  /** It is usable now, or not any more, or for another reason not. */
  | { readonly kind: 'accelerator-changed'; readonly accelerator: string }
  /** A ring waits for a translation. */
  | { readonly kind: 'missed'; readonly queue: number; readonly miss: TranslationMiss }
  /** Counters of every queue, in order; null for one that never had a ring. */
  | { readonly kind: 'sampled'; readonly rows: readonly (SampleRow | null)[] }
  /** Withdraw every page and bring every ring back; desired stays. */
  | { readonly kind: 'end' }
  | { readonly kind: 'disconnected'; readonly message: string };
