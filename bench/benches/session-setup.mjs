// g: from connecting to the first frame that came back. Both back-ends have listening sockets already; ours answers the
// frame by the lab peer, theirs by testpmd in macswap mode. The ratio is theirs over ours: at least 1 where we are not
// slower. For 256 at once there is nothing to compare with (Debian's DPDK ends at 32 ports): 256 times one of ours.
import { serve } from '../engine.mjs';
import { Unmeasurable } from '../errors.mjs';
import { paired, repeated } from '../pairs.mjs';
import { Leg, watchDisturbance } from '../processes.mjs';
import { bundled } from '../programs.mjs';
import { backEnd, vhost } from '../testpmd.mjs';

const MANY = 256;
const PATIENCE_MS = 60_000;
const names = (sessions) => Array.from({ length: sessions }, (_, i) => `vm${i}`);

const ours = async (leg, sessions) => (await serve(leg, names(sessions))).sockets;
async function theirs(leg, sessions) {
  const sockets = names(sessions).map((name) => leg.path(`${name}.sock`));
  await backEnd(leg, sockets.map(vhost), ['--forward-mode=macswap', '--port-topology=loop']);
  return sockets;
}

/** Milliseconds of each, and of all. */
async function connect(start, sessions, order) {
  const leg = new Leg();
  try {
    const sockets = await start(leg, sessions);
    const program = await bundled('front-ends');
    const front = leg.start('taskset', ['-c', '0', process.execPath, program, '1', order, ...sockets]);
    // Of steal alone: on either side several threads of one leg share a CPU, and wait for each other by design.
    const disturbance = watchDisturbance([]);
    const [line] = await front.saw(/^\{"each".*$/m, { timeoutMs: PATIENCE_MS }).catch(() => {
      const side = start === theirs ? 'net_vhost' : 'the engine';
      throw new Unmeasurable(
        `${side} returned no first frame of our front-end within ${PATIENCE_MS / 1000} s`,
      );
    });
    return { ...JSON.parse(line), disturbance: disturbance() };
  } finally {
    await leg.end();
  }
}

const against = (sessions) => ({
  id: `g-${sessions}`,
  title: `set-up of ${sessions === 1 ? 'a session' : `${sessions} sessions at once`} to the first frame`,
  unit: 'per s',
  reach: { atLeast: 1.0 },
  seconds: 45,
  needs: ['testpmd'],
  run(options) {
    const leg = (start) => async () => {
      const { all, disturbance } = await connect(start, sessions, 'together');
      return { value: 1000 / all, disturbance };
    };
    return paired(leg(theirs), leg(ours), options);
  },
});

const atOnce = {
  id: 'g-256',
  title: 'set-up of 256 sessions at once, against 256 × one',
  unit: 'per s',
  reach: { atLeast: 1.0 },
  seconds: 75,
  run(options) {
    return repeated(async () => {
      const one = await connect(ours, 1, 'together');
      const many = await connect(ours, MANY, 'together');
      return { ours: 1000 / many.all, theirs: 1000 / (MANY * one.all), disturbance: many.disturbance };
    }, options);
  },
};

export const sessionSetups = [against(1), against(16), atOnce];
