// b: the back-end builds numbered frames and virtio-user checks the number, the length and the fill of each. Both
// back-ends are asked for them by the same requests: ours is the lab peer, theirs a DPDK program on net_vhost.
import { serve } from '../engine.mjs';
import { paired } from '../pairs.mjs';
import { Leg, watchDisturbance } from '../processes.mjs';
import { frames } from '../programs.mjs';
import { eal, vhost, virtioUser } from '../testpmd.mjs';
import { windows } from '../throughput.mjs';

/** A process has one thread here: the program's own. */
const alone = (cpu, devices) => eal(cpu, devices).with(1, `0@${cpu}`);

async function supply(leg, program, socket) {
  const child = leg.start(program, ['supply', ...alone(1, [vhost(socket)]), '--']);
  await child.saw(/^supplying$/m);
}

async function window(backEnd, bytes, quick) {
  const leg = new Leg();
  try {
    const program = await frames();
    const socket = leg.path('vm0.sock');
    await backEnd(leg, program, socket);
    const { warmMs, windowMs } = windows(quick);
    const words = [...alone(0, [virtioUser(socket)]), '--', `${bytes}`, `${warmMs}`, `${windowMs}`];
    const front = leg.start(program, ['check', ...words]);
    await front.saw(/^measuring$/m);
    const disturbance = watchDisturbance(leg.pids());
    const [line] = await front.saw(/^\{"frames".*$/m);
    const disturbed = disturbance();
    const { frames: count, seconds, lost, corrupted } = JSON.parse(line);
    if (lost + corrupted > 0) throw new Error(`frames were lost or changed: ${line}`);
    if (count === 0) throw new Error('no frame came');
    return { value: count / seconds, disturbance: disturbed };
  } finally {
    await leg.end();
  }
}

const receive = (bytes) => ({
  id: `b-${bytes}`,
  title: `back-end → virtio-user, ${bytes} B, built and checked`,
  unit: 'frames/s',
  reach: { atLeast: 1.0 },
  needs: ['testpmd'],
  run(options) {
    return paired(
      () => window(supply, bytes, options.quick),
      () => window((leg) => serve(leg), bytes, options.quick),
      options,
    );
  },
});

export const receives = [receive(64), receive(1500)];
