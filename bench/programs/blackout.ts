/**
 * The lab's soak as one window: queues of a simulated guest toggled each on its own clock, under a stream or at rest.
 * `blackout.ts load|idle TOGGLES [packed]`; prints the lab's summary.
 */
import { LAB_DEFAULTS, runLabAlone } from '../../app/compose/lab.ts';

const [kind, toggles, format] = process.argv.slice(2);
const result = await runLabAlone({
  ...LAB_DEFAULTS,
  queuePairs: 8,
  rings: { ...LAB_DEFAULTS.rings, packed: format === 'packed' },
  traffic: kind === 'load' ? { kind: 'stream', rate: 0 } : { kind: 'ping', rate: 500 },
  seconds: 1,
  toggles: Number(toggles),
  seed: Date.now() % 1_000_000,
  onStage: () => undefined,
});
if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
console.log(JSON.stringify(result.value));
// The bench reads from /proc what disturbed it, and ends it then.
setInterval(() => undefined, 1_000_000);
