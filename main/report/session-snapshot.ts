/** One endpoint's state as the contract tells it. Pure. */
import type { SessionSnapshot } from '../../app/contract/snapshot.ts';
import type { EndpointState } from '../engine/endpoints.ts';
import { guestMac } from '../engine/guest-mac.ts';
import type { Accelerator } from '../engine/ports.ts';
import type { SessionState } from '../engine/state.ts';
import { protocolFeatureNames } from '../wire/protocol-features.ts';
import { virtioFeatureNames } from '../wire/virtio-features.ts';
import { commandLine } from './command-line.ts';
import { hex, queueSnapshot } from './queue-snapshot.ts';

/** Null until the front-end chose; no protocol features is a choice too. */
function featuresOf(session: SessionState | null): SessionSnapshot['features'] {
  if (session === null || session.ackedFeatures === null) return null;
  return { virtio: hex(session.ackedFeatures), protocol: hex(session.ackedProtocol ?? 0n) };
}

function featureNamesOf(session: SessionState | null): SessionSnapshot['featureNames'] {
  if (session === null || session.ackedFeatures === null) return null;
  return {
    virtio: [...virtioFeatureNames(session.ackedFeatures)],
    protocol: [...protocolFeatureNames(session.ackedProtocol ?? 0n, session.config.dialect)],
  };
}

function memoryOf(session: SessionState | null): SessionSnapshot['memory'] {
  if (session === null || session.memory === null) return null;
  return {
    generation: session.memory.generation,
    regions: session.memory.regions.map(({ region }) => ({
      guestAddress: hex(region.guestAddress),
      size: hex(region.size),
      frontendAddress: hex(region.frontendAddress),
      mmapOffset: hex(region.mmapOffset),
    })),
  };
}

/** Without a session nothing is connected, and nothing speaks against it. */
function uplinkOf({ options, uplink }: EndpointState): SessionSnapshot['uplink'] {
  if (options.uplink === null) return null;
  const { connected, problem } = uplink ?? { connected: false, problem: null };
  return { accelerator: options.uplink, connected, problem };
}

export function sessionSnapshot(
  endpoint: EndpointState,
  accelerators: readonly Accelerator[],
): SessionSnapshot {
  const { options, session } = endpoint;
  return {
    name: options.name,
    state: endpoint.state,
    socket: options.path,
    mode: options.mode,
    dialect: options.dialect,
    simulated: options.simulated,
    peer: endpoint.peer,
    features: featuresOf(session),
    featureNames: featureNamesOf(session),
    memory: memoryOf(session),
    since: endpoint.since,
    lastError: endpoint.lastError,
    mac: options.mac,
    uplink: uplinkOf(endpoint),
    commandLine: commandLine(options, guestMac(options, accelerators)),
    queues: endpoint.queues.map((queue) => queueSnapshot(queue, accelerators, session?.memory?.id ?? null)),
  };
}
