/** An engine on one socket, for as long as its parent lives: SOCKET is the only argument. */
import { startEngine } from '../../app/compose/engine.ts';

const path = process.argv[2] ?? '';
const started = await startEngine({
  endpoints: [
    {
      name: 'vm0',
      path,
      mode: 'listen',
      dialect: 'upstream',
      desired: 'software',
      fileMode: 0o600,
      mtu: null,
      mac: null,
      config: false,
      group: null,
      queuePairs: 2,
      uplink: null,
      iommu: false,
      simulated: false,
    },
  ],
  accelerators: [],
});
if (!started.ok) throw new Error(started.error.message);
