import type { Random } from './random.ts';

/** One thing that is fuzzed. */
export interface Target {
  readonly name: string;
  /** One execution; throws where something is not as it must be. */
  readonly run: (random: Random) => 'accepted' | 'refused';
}
