/**
 * The reference front-end as a process of its own, so that its maps are not the engine's. Told by messages of
 * its parent what to do wrong.
 */
import { loadAddon } from '../../main/addon/load.ts';
import type { FaultProfile } from '../../main/vmm/faults.ts';
import { Vmm } from '../../main/vmm/vmm.ts';

export interface FrontEndOptions {
  readonly root: string;
  readonly socket: string;
  readonly faults: FaultProfile;
  /** Protocol features to acknowledge, as hex text; null takes all. */
  readonly protocol: string | null;
}

/** `unmap`: the page of q1, without a word · `stop`: the device, as a guest's reset does. */
export type FrontEndOrder = 'unmap' | 'stop';

async function live({ root, socket, faults, protocol }: FrontEndOptions): Promise<void> {
  const chosen = protocol === null ? {} : { protocolFeatures: BigInt(protocol) };
  const vmm = new Vmm(loadAddon(root), { name: 'vm', queuePairs: 1, faults, ...chosen });
  const connected = await vmm.connect(socket);
  const started = connected.ok ? await vmm.start() : connected;
  if (!started.ok) throw new Error(started.error.message);
  vmm.guest?.run({ kind: 'ping', rate: 200 });
  process.on('message', (order: FrontEndOrder) => {
    if (order === 'unmap') vmm.guest?.unmapNotify(1);
    else void vmm.stop();
  });
}

process.once('message', (options: FrontEndOptions) => void live(options));
