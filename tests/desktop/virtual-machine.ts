/** A front-end with the simulated guest under traffic, connected to an endpoint of the shell under test. */
import { join } from 'node:path';
import { loadAddon } from '../../main/addon/load.ts';
import type { Guest } from '../../main/addon/surface.ts';
import { Vmm } from '../../main/vmm/vmm.ts';

export interface VirtualMachine {
  readonly vmm: Vmm;
  readonly guest: Guest;
}

export async function connectVirtualMachine(home: string): Promise<VirtualMachine> {
  const vmm = new Vmm(loadAddon(), { name: 'desktop-test' });
  const connected = await vmm.connect(join(home, 'doorbell/vm0.sock'));
  if (!connected.ok) throw new Error(JSON.stringify(connected.error));
  const started = await vmm.start();
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  const { guest } = vmm;
  if (guest === null) throw new Error('a started front-end has a guest');
  guest.run({ kind: 'ping', rate: 200 });
  return { vmm, guest };
}
