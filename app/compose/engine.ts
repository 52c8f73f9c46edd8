/**
 * Builds a whole engine from one options value: native workers, accelerators, endpoints, report, service. It
 * is the one place that knows all of them, and it ends them in the reverse order.
 */
import { availableParallelism } from 'node:os';
import { EmulatedAccelerator } from '../../main/accel/emulated/emulated-accelerator.ts';
import { VfioAccelerator } from '../../main/accel/vfio-virtio/vfio-accelerator.ts';
import { loadAddon } from '../../main/addon/load.ts';
import type { Addon, DataPath as Workers } from '../../main/addon/surface.ts';
import { err, ok, type Result } from '../../main/base/result.ts';
import { NativeDataPath } from '../../main/datapath/native-data-path.ts';
import type { Accelerator, DataPath } from '../../main/engine/ports.ts';
import { FaultyAccelerator } from '../../main/lab/faulty-accelerator.ts';
import { Report } from '../../main/report/report.ts';
import { EngineService } from '../../main/service/service.ts';
import { SessionEndpoints } from '../../main/session/endpoints.ts';
import type { NetworkSnapshot } from '../contract/snapshot.ts';
import type { AcceleratorOptions, EndpointOptions, EngineOptions, WorkerOptions } from './options.ts';
import type { RunningEngine, StartError } from './running-engine.ts';
import { VERSION } from './version.ts';

/** One core stays for JavaScript and the window; more workers than this have not been seen to help. */
const MAX_WORKERS = 4;

/** Longer than a guest needs to send the next frame of a burst, shorter than two wake-ups. */
export const DEFAULT_WORKERS: WorkerOptions = { count: null, cpus: [], busyPollUs: 50 };

const notPossible = (message: string): Result<never, StartError> => err({ code: 'not-possible', message });

/** The one call that throws: the addon is missing or of another version. */
function addonOrError(): Result<Addon, StartError> {
  try {
    return ok(loadAddon());
  } catch (error) {
    return notPossible(error instanceof Error ? error.message : String(error));
  }
}

/** A real function that cannot be used is told of by its probe and waited for. */
async function createAccelerators(
  addon: Addon,
  workers: Workers,
  dataPath: DataPath,
  wanted: readonly AcceleratorOptions[],
): Promise<Result<readonly Accelerator[], StartError>> {
  const made: Accelerator[] = [];
  for (const [i, own] of wanted.entries()) {
    if (own.kind === 'vfio') {
      made.push(await VfioAccelerator.create(addon, own));
      continue;
    }
    const { id } = own;
    const options = { ...own, instance: i + 1, features: dataPath.features };
    const accelerator = EmulatedAccelerator.create(addon, workers, options);
    if (!accelerator.ok) {
      for (const earlier of made) earlier.close();
      return notPossible(`Accelerator ${id}: ${accelerator.error.message}`);
    }
    made.push(
      own.pageFault === undefined
        ? accelerator.value
        : new FaultyAccelerator(accelerator.value, own.pageFault),
    );
  }
  return ok(made);
}

/** All simulated devices together; null where there is none. */
function simulatedCpu(accelerators: readonly Accelerator[]): number | null {
  const times = accelerators.map((accelerator) => accelerator.simulatedCpuNs()).filter((ns) => ns !== null);
  return times.length === 0 ? null : times.reduce((sum, ns) => sum + ns, 0);
}

async function addAll(
  endpoints: SessionEndpoints,
  wanted: readonly EndpointOptions[],
): Promise<Result<void, StartError>> {
  for (const options of wanted) {
    const added = await endpoints.add(options);
    if (!added.ok) return notPossible(added.error.message);
  }
  return ok(undefined);
}

/** Everything listens when it resolves; on an error nothing is left behind. */
export async function startEngine(options: EngineOptions): Promise<Result<RunningEngine, StartError>> {
  const addon = addonOrError();
  if (!addon.ok) return addon;
  const { count, cpus, busyPollUs } = options.workers ?? DEFAULT_WORKERS;
  const workers = addon.value.createDataPath({
    workers: count ?? Math.max(1, Math.min(MAX_WORKERS, availableParallelism() - 1)),
    cpus,
    busyPollNs: busyPollUs * 1000,
    uplink: options.uplink?.name ?? null,
  });
  if (!workers.ok) return notPossible(`Software path: ${workers.error.message}`);
  const dataPath = new NativeDataPath(workers.value);
  const accelerators = await createAccelerators(addon.value, workers.value, dataPath, options.accelerators);
  if (!accelerators.ok) {
    workers.value.close();
    return accelerators;
  }

  const { io } = addon.value;
  const endpoints = new SessionEndpoints({ io, dataPath, accelerators: accelerators.value });
  const network = (): NetworkSnapshot => {
    const { frames, bytes, echoed, dropped } = workers.value.peerStats();
    return { sinkFrames: frames, sinkBytes: bytes, answered: echoed, dropped };
  };
  const report = new Report(endpoints, network);
  let ending: Promise<void> | null = null;
  let tellEnded = (): void => undefined;
  const ended = new Promise<void>((resolve) => (tellEnded = resolve));
  const endNow = async (): Promise<void> => {
    await endpoints.end();
    report.dispose();
    for (const accelerator of accelerators.value) accelerator.close();
    workers.value.close();
    tellEnded();
  };
  const end = (): Promise<void> => (ending ??= endNow());

  const added = await addAll(endpoints, options.endpoints);
  if (!added.ok) {
    await end();
    return added;
  }
  const identity = { version: VERSION, pid: process.pid, startedAt: Date.now() };
  const service = new EngineService({ engine: report, end, ...identity });
  const cpu = () => ({
    workersNs: workers.value.cpuNs(),
    simulatedDeviceNs: simulatedCpu(accelerators.value),
  });
  return ok({ service, sockets: options.endpoints.map(({ path }) => path), cpu, ended, end });
}
