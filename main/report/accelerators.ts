/** The configured accelerators as the contract tells them, and how busy the simulated ones are. */
import type { AcceleratorSnapshot, HardwareSnapshot } from '../../app/contract/snapshot.ts';
import type { Accelerator, HardwareFacts } from '../engine/ports.ts';
import { hex } from './queue-snapshot.ts';

const NS_PER_MS = 1e6;
/** A shorter window would show the scheduler's grain instead of the load. */
const SHORTEST_WINDOW_MS = 200;

interface Reading {
  readonly at: number;
  readonly cpuNs: number;
  /** Null until a whole window was seen. */
  readonly share: number | null;
}

/** Turns CPU time since start into the share of one core over the last window. */
export class SimulatedCpu {
  readonly #readings = new Map<string, Reading>();

  /** 0…1 of one core; null for hardware and before the first window. */
  share(accelerator: Accelerator, now: number): number | null {
    const cpuNs = accelerator.simulatedCpuNs();
    if (cpuNs === null) return null;
    const last = this.#readings.get(accelerator.id);
    if (last === undefined) {
      this.#readings.set(accelerator.id, { at: now, cpuNs, share: null });
      return null;
    }
    const window = now - last.at;
    if (window < SHORTEST_WINDOW_MS) return last.share;
    const share = Math.max(0, (cpuNs - last.cpuNs) / (window * NS_PER_MS));
    this.#readings.set(accelerator.id, { at: now, cpuNs, share });
    return share;
  }
}

function hardwareSnapshot(facts: HardwareFacts): HardwareSnapshot {
  return {
    ...facts,
    regions: facts.regions.map(({ bar, size, mappable }) => ({
      bar,
      size: hex(size),
      mappable: mappable.map((area) => ({ offset: hex(area.offset), size: hex(area.size) })),
    })),
  };
}

export function acceleratorSnapshot(
  accelerator: Accelerator,
  simulatedCpu: number | null,
): AcceleratorSnapshot {
  const { capabilities } = accelerator;
  const { usable, problem } = accelerator.probe();
  const group = accelerator.group();
  const hardware = accelerator.hardware();
  return {
    id: accelerator.id,
    kind: accelerator.kind,
    simulated: capabilities.simulated,
    usable,
    problem,
    group: group === null ? null : { id: group.id, holders: [...accelerator.holders()] },
    hardware: hardware === null ? null : hardwareSnapshot(hardware),
    capabilities: {
      restoreIndex: capabilities.restoreIndex,
      stopPerQueue: capabilities.stopPerQueue,
      notifyPage: capabilities.notifyPage,
      logsDirtyPages: capabilities.logsDirtyPages,
      countsDoorbells: capabilities.countsDoorbells,
    },
    simulatedCpu,
  };
}
