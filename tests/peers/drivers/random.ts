/** Randomness of one test file, repeatable by the seed that its failures print. */
import { randomFrom } from '../../../main/lab/random.ts';

/** Of this run: `DOORBELL_SEED`, which a whole run sets; alone, another one each time. */
export const SEED = Number(process.env.DOORBELL_SEED ?? Date.now() % 1_000_000);

const next = randomFrom(SEED);

/** → 0 … below − 1. */
export const random = (below: number): number => Math.floor(next() * below);
