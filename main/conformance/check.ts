/** What a check is. */
import type { Bench } from './bench.ts';
import type { Verdict } from './verdict.ts';

/**
 * `must`: the specification demands it, or nothing works without it; a finding fails the run. `should`: it advises it,
 * or leaves it open and front-ends rely on it; a finding is told and does not fail the run.
 */
export type Level = 'must' | 'should';

export interface Check {
  /** Stable, for `--only` and for programs that read the report. */
  readonly id: string;
  /** What a conforming back-end does, in one line. */
  readonly title: string;
  /** Title of the section of the vhost-user specification. */
  readonly section: string;
  /** What it says there, in short. */
  readonly rule: string;
  readonly level: Level;
  /** May end the back-end or change what it serves; left out on request. */
  readonly destructive?: boolean;
  readonly run: (bench: Bench) => Promise<Verdict>;
}

/** Sections of "Vhost-user Protocol" as its table of contents names them. */
export const SECTION = {
  header: 'Header',
  regions: 'Memory regions description',
  communication: 'Communication',
  ringStates: 'Ring states',
  suspended: 'Suspended device state',
  multiQueue: 'Multiple queue support',
  backEnd: 'Back-end communication',
  inflight: 'Inflight I/O tracking',
  protocolFeatures: 'Protocol features',
  replyAck: 'VHOST_USER_PROTOCOL_F_REPLY_ACK',
} as const;

/** The entry of a request under "Front-end message types". */
export const entryOf = (request: string): string => `Front-end message types: VHOST_USER_${request}`;
