// c: virtio-user sends what it receives and the back-end returns what it takes, frames and all. Theirs is testpmd in io
// mode on net_vhost; ours the lab peer, which returns UDP to its loopback port without a change.
import { serve } from '../engine.mjs';
import { paired } from '../pairs.mjs';
import { backEnd, vhost, virtioUser } from '../testpmd.mjs';
import { window } from '../throughput.mjs';

const PEER_MAC = '02:db:00:00:00:01';
const LOOPBACK_PORT = 34997;

export const loopback = {
  id: 'c-64',
  title: 'io loopback, 64 B',
  unit: 'frames/s',
  reach: { atLeast: 1.5 },
  needs: ['testpmd'],
  hotPath: { path: 'echo', bytes: 64, ring: 'split' },
  run(options) {
    const front = {
      devices: (leg) => [virtioUser(leg.path('vm0.sock'))],
      words: [
        '--forward-mode=io',
        '--txpkts=64',
        `--eth-peer=0,${PEER_MAC}`,
        `--tx-udp=${LOOPBACK_PORT},${LOOPBACK_PORT}`,
      ],
      start: 'start tx_first 4',
      quick: options.quick,
    };
    const theirs = (leg) => backEnd(leg, [vhost(leg.path('vm0.sock'))], ['--forward-mode=io']);
    return paired(
      () => window(theirs, front),
      () => window(serve, front),
      options,
    );
  },
};
