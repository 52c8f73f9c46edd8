/** The proof through the real engine: real sockets, real eventfds, real rings, commands through the service. */
import { describe, expect, it } from 'vitest';
import { LAB_DEFAULTS, runLabAlone, type LabSummary } from '../../app/compose/lab.ts';
import { isFlawless } from '../../main/lab/guest-sample.ts';

const SOAK = process.env['DOORBELL_SOAK'] === '1';
/** In each ring format. */
const TOGGLES = SOAK ? 10_000 : 1_000;

async function measured(options: Partial<typeof LAB_DEFAULTS>): Promise<LabSummary> {
  const result = await runLabAlone({ ...LAB_DEFAULTS, ...options, onStage: (stage) => console.log(stage) });
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  console.log(JSON.stringify(result.value, null, 2));
  return result.value;
}

describe('lab', () => {
  it.each([
    { format: 'split', packed: false },
    { format: 'packed', packed: true },
  ])('toggles sixteen $format queues independently under a stream and harms no frame', async ({ packed }) => {
    const summary = await measured({
      queuePairs: 8,
      rings: { ...LAB_DEFAULTS.rings, packed },
      traffic: { kind: 'stream', rate: 0 },
      seconds: 2,
      toggles: TOGGLES,
    });
    expect(summary.queues).toBe(16);
    expect(summary.toggles.done).toBeGreaterThanOrEqual(TOGGLES);
    expect(summary.integrity.sent).toBeGreaterThan(10_000);
    expect(isFlawless(summary.integrity), JSON.stringify(summary.integrity)).toBe(true);
    expect(summary.toggles.blackoutP50Ns).not.toBeNull();
  });

  it('shows that nothing kicks the engine nor is served by it while all queues are mapped', async () => {
    const { legs, integrity } = await measured({ seconds: 4, toggles: 0 });
    expect(legs.software.kicksPerSecond).toBeGreaterThan(100);
    expect(legs.software.engineCompletionsPerSecond).toBeGreaterThan(100);
    expect(legs.accelerated.kicksPerSecond).toBe(0);
    expect(legs.accelerated.engineCompletionsPerSecond).toBe(0);
    expect(legs.accelerated.doorbellsPerSecond).toBeGreaterThan(100);
    expect(legs.accelerated.completionsPerSecond).toBeGreaterThan(100);
    expect(isFlawless(integrity), JSON.stringify(integrity)).toBe(true);
  });

  it('keeps the frames of two guests apart while their queues are toggled', async () => {
    const { guests, queues, integrity } = await measured({
      guests: 2,
      queuePairs: 2,
      traffic: { kind: 'stream', rate: 5_000 },
      seconds: 1,
      toggles: SOAK ? 2_000 : 200,
    });
    expect([guests, queues]).toEqual([2, 8]);
    expect(isFlawless(integrity), JSON.stringify(integrity)).toBe(true);
  });
});
