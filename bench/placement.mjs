// How far apart CPU 0 and CPU 1 are right now. A virtual machine's CPUs move: the same program runs on two cores of
// one cache at one moment and on two sockets at the next, and every figure here depends on it.
import { pingPong } from './programs.mjs';
import { run } from '../tools/process-group.mjs';

const NEAR_BELOW_NS = 200;
const FAR_ABOVE_NS = 400;

/** → what one of the raw primitives of peers/ping-pong.c answers. */
export async function primitive(name) {
  const { code, output } = await run(await pingPong(), [name], { timeoutSeconds: 60 });
  if (code !== 0) throw new Error(`ping-pong ${name}: ${output}`);
  return JSON.parse(output);
}

/** @returns {Promise<'near' | 'far' | 'between'>} by the round trip of one cache line */
export async function placement() {
  const { roundTripNs } = await primitive('line');
  if (roundTripNs < NEAR_BELOW_NS) return 'near';
  return roundTripNs > FAR_ABOVE_NS ? 'far' : 'between';
}
