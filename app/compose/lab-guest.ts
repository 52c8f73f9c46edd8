/**
 * The simulated guest of the demo: a front-end of our own on a real socket of the engine, with steady traffic,
 * so that the panel has something true to show on a machine without virtual machines.
 */
import { dirname, join } from 'node:path';
import { loadAddon } from '../../main/addon/load.ts';
import { err, ok, type Result } from '../../main/base/result.ts';
import { Vmm } from '../../main/vmm/vmm.ts';
import type { Dialect } from '../contract/words.ts';
import { endpointOptions, type EndpointOptions } from './options.ts';
import type { StartError } from './running-engine.ts';

const QUEUE_PAIRS = 4;
/** Echo requests per second and pair: enough to see a worker's cost, little enough to leave two cores their rest. */
const RATE = 2_000;

/** The endpoint that the guest connects to, beside the control socket. */
export function labEndpoint(control: string, dialect: Dialect): EndpointOptions {
  const path = join(dirname(control), 'lab.sock');
  return endpointOptions({ name: 'lab', path, dialect, queuePairs: QUEUE_PAIRS, simulated: true });
}

export interface LabGuest {
  close(): void;
}

/** The engine must listen on the endpoint already. */
export async function startLabGuest(endpoint: EndpointOptions): Promise<Result<LabGuest, StartError>> {
  const { name, queuePairs, dialect } = endpoint;
  const vmm = new Vmm(loadAddon(), { name, queuePairs, dialect });
  const connected = await vmm.connect(endpoint.path);
  const started = connected.ok ? await vmm.start() : connected;
  if (!started.ok) {
    vmm.close();
    return err({
      code: 'not-possible',
      message: `The simulated guest did not start: ${started.error.message}`,
    });
  }
  vmm.guest?.run({ kind: 'ping', rate: RATE });
  return ok({ close: () => vmm.close() });
}
