// h: what an idle session and an idle queue cost, by the difference between an engine that serves one session of two
// queues and one that serves 64 sessions of 16.
import { readdirSync, readFileSync } from 'node:fs';
import { serve } from '../engine.mjs';
import { spread } from '../pairs.mjs';
import { Leg, sleep } from '../processes.mjs';
import { bundled } from '../programs.mjs';

const MEMORY_BOUND = 64 * 1024;
/** Of one core. */
const CPU_BOUND = 0.0002;
const MANY = { sessions: 64, pairs: 8 };
const SETTLE_MS = 2000;

const memory = (pid) =>
  1024 * Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
/** Seconds of CPU, all threads; their own clocks, since ticks are too coarse for what is nearly nothing. */
function cpuSeconds(pid) {
  const ns = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return ns.reduce((sum, one) => sum + one, 0) / 1e9;
}

async function idle({ sessions, pairs }, windowMs) {
  const leg = new Leg();
  try {
    const names = Array.from({ length: sessions }, (_, i) => `vm${i}`);
    const engine = await serve(leg, names, ['--queue-pairs', `${pairs}`]);
    const front = leg.start(process.execPath, [
      await bundled('front-ends'),
      `${pairs}`,
      'in-turn',
      ...engine.sockets,
    ]);
    await front.saw(/^\{"each".*$/m, { timeoutMs: 120_000 });
    await sleep(SETTLE_MS);
    const before = cpuSeconds(engine.child.pid);
    await sleep(windowMs);
    return {
      bytes: memory(engine.child.pid),
      cpu: (cpuSeconds(engine.child.pid) - before) / (windowMs / 1000),
    };
  } finally {
    await leg.end();
  }
}

export const footprint = {
  id: 'h',
  title: 'memory of one more idle queue, against 64 KiB',
  unit: 'bytes',
  reach: { atLeast: 1.0 },
  async run({ quick, log }) {
    const windowMs = quick ? 5_000 : 20_000;
    const queues = 2 * MANY.pairs * MANY.sessions;
    const one = await idle({ sessions: 1, pairs: 1 }, windowMs);
    const many = await idle(MANY, windowMs);
    const more = queues - 2;
    const bytes = (many.bytes - one.bytes) / more;
    const cpu = Math.max(0, many.cpu - one.cpu) / more;
    log(
      `${queues} queues: ${(many.bytes / 2 ** 20).toFixed(1)} MiB, ${(many.cpu * 100).toFixed(2)} % of a core`,
    );
    return {
      ratio: spread([MEMORY_BOUND / bytes]),
      ours: spread([bytes]),
      theirs: null,
      pairs: 1,
      rejected: 0,
      placement: null,
      cpuPerQueue: cpu,
      notes: [
        `CPU of one more idle queue: ${(cpu * 100).toFixed(5)} % of a core (bound: ${CPU_BOUND * 100} %)`,
        `one session: ${(one.bytes / 2 ** 20).toFixed(1)} MiB, ${(one.cpu * 100).toFixed(2)} % of a core; ` +
          `${MANY.sessions} sessions, ${queues} queues: ${(many.bytes / 2 ** 20).toFixed(1)} MiB, ${(many.cpu * 100).toFixed(2)} %`,
      ],
    };
  },
};
