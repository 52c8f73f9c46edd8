// d: one virtio-user process with two ports that sends on each what it received on the other, and a back-end that
// passes frames from port to port: our switch, which learns addresses and copies once, against testpmd on two
// net_vhost ports, which knows no addresses and copies twice.
import { serve } from '../engine.mjs';
import { paired } from '../pairs.mjs';
import { backEnd, vhost, virtioUser } from '../testpmd.mjs';
import { window } from '../throughput.mjs';

const MACS = ['02:00:00:00:0d:00', '02:00:00:00:0d:01'];
const NAMES = ['vm0', 'vm1'];

const between = (bytes) => ({
  id: `d-${bytes}`,
  title: `VM ↔ VM, ${bytes} B`,
  unit: 'frames/s',
  reach: { atLeast: 1.5 },
  needs: ['testpmd'],
  hotPath: { path: 'forward', bytes, ring: 'split' },
  run(options) {
    const sockets = (leg) => NAMES.map((name) => leg.path(`${name}.sock`));
    const front = {
      devices: (leg) => sockets(leg).map((socket, index) => virtioUser(socket, { index, mac: MACS[index] })),
      words: ['--forward-mode=io', `--txpkts=${bytes}`, `--eth-peer=0,${MACS[1]}`, `--eth-peer=1,${MACS[0]}`],
      start: 'start tx_first 4',
      quick: options.quick,
    };
    const theirs = (leg) => backEnd(leg, sockets(leg).map(vhost), ['--forward-mode=io']);
    return paired(
      () => window(theirs, front),
      () => window((leg) => serve(leg, NAMES), front),
      options,
    );
  },
});

export const vmToVm = [between(64), between(1500)];
