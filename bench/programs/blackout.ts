/**
 * The lab's soak as one window: queues of a simulated guest toggled each on its own clock, under a stream or at rest.
 * `blackout.ts load|idle TOGGLES`; prints the lab's summary.
 */
import { LAB_DEFAULTS, runLabAlone } from '../../app/compose/lab.ts';

const [kind, toggles] = process.argv.slice(2);
const result = await runLabAlone({
  ...LAB_DEFAULTS,
  queuePairs: 8,
  traffic: kind === 'load' ? { kind: 'stream', rate: 0 } : { kind: 'ping', rate: 20 },
  seconds: 1,
  toggles: Number(toggles),
  seed: Date.now() % 1_000_000,
  onStage: () => undefined,
});
if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
console.log(JSON.stringify(result.value));
