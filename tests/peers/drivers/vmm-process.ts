/** The reference front-end as a process of its own, to be killed: bundled and started by `kill.test.ts`. */
import { loadAddon } from '../../../main/addon/load.ts';
import { Vmm } from '../../../main/vmm/vmm.ts';

const [, , root, socket] = process.argv;
if (root === undefined || socket === undefined) throw new Error('usage: vmm-process ROOT SOCKET');

const vmm = new Vmm(loadAddon(root), { queuePairs: 4 });
const connected = await vmm.connect(socket);
const started = connected.ok ? await vmm.start() : connected;
if (!started.ok) throw new Error(started.error.message);
vmm.guest?.run({ kind: 'stream', rate: 0 });
console.log('streaming');
