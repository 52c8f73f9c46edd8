/** `doorbell vmm`: a simulated virtual machine on a vhost-user socket until SIGTERM. */
import {
  PROFILE_NAMES,
  startSimulatedVm,
  type PairTraffic,
  type SimulatedVmOptions,
  type VmmEvent,
} from '../compose/vmm.ts';
import { CliError, EXIT, type ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** As commander hands them over. */
export interface VmmArguments {
  readonly connect?: string | undefined;
  readonly listen?: string | undefined;
  readonly profile: string;
  readonly dialect: string;
  readonly queues: string;
  readonly traffic: string;
  readonly iommu?: boolean | undefined;
  readonly json?: boolean | undefined;
}

const MAX_PAIRS = 16;
const TRAFFIC = ['ping', 'stream', 'none'] as const;
const DIALECTS = ['upstream', 'rfc2018'] as const;
const REPORT_MS = 1_000;

function oneOf<T extends string>(option: string, text: string, from: readonly T[]): T {
  const found = from.find((value) => value === text);
  if (found === undefined)
    throw new CliError(EXIT.wrongCall, `${option} ${text}: one of ${from.join(', ')} is wanted.`);
  return found;
}

export function parseVmm(given: VmmArguments): Omit<SimulatedVmOptions, 'onEvent'> {
  const { connect, listen, queues } = given;
  if ((connect === undefined) === (listen === undefined))
    throw new CliError(EXIT.wrongCall, 'Exactly one of --connect PATH and --listen PATH is wanted.');
  const queuePairs = /^\d+$/.test(queues) ? Number(queues) : 0;
  if (queuePairs < 1 || queuePairs > MAX_PAIRS)
    throw new CliError(EXIT.wrongCall, `--queues ${queues}: queue pairs from 1 to ${MAX_PAIRS} are wanted.`);
  const profile = oneOf('--profile', given.profile, PROFILE_NAMES);
  if (profile === 'uml' && queuePairs > 1)
    throw new CliError(EXIT.wrongCall, 'User-mode Linux has one queue pair: --queues 1 with --profile uml.');
  if (profile === 'dpdk' && given.iommu === true)
    throw new CliError(
      EXIT.wrongCall,
      'DPDK opens no back-end channel, on which misses are asked: --iommu needs --profile qemu or uml.',
    );
  return {
    place: { kind: connect === undefined ? 'listen' : 'connect', path: connect ?? listen ?? '' },
    profile,
    dialect: oneOf('--dialect', given.dialect, DIALECTS),
    queuePairs,
    traffic: oneOf('--traffic', given.traffic, TRAFFIC),
    iommu: given.iommu === true,
  };
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** One object per event: 64-bit numbers are hex text, as everywhere. */
export function eventJson(event: VmmEvent): object {
  const { kind, ...rest } = event;
  const fields = Object.entries(rest).map(([name, value]: [string, unknown]): [string, unknown] => [
    name,
    typeof value === 'bigint' ? hex(value) : value,
  ]);
  return { event: kind, ...Object.fromEntries(fields) };
}

const UNKNOWN = '—';

function configLine({ mac, link, queuePairs, mtu }: Extract<VmmEvent, { readonly kind: 'config' }>): string {
  return `configuration: address ${mac ?? UNKNOWN}, link ${link ?? UNKNOWN}, queue pairs ${queuePairs ?? UNKNOWN}, MTU ${mtu ?? UNKNOWN}`;
}

export function eventLine(event: VmmEvent): string {
  switch (event.kind) {
    case 'notify-mapped':
      return `queue ${event.queue}: notify page mapped, ${hex(event.size)} bytes at ${hex(event.offset)}`;
    case 'notify-unmapped':
      return `queue ${event.queue}: notify page unmapped (${event.cause})`;
    case 'notify-refused':
      return `queue ${event.queue}: notify page refused: ${event.answer}`;
    case 'group-held':
    case 'group-released':
      return `queue ${event.queue}: ${event.kind.replace('-', ' ')}: ${event.group}`;
    case 'config':
      return configLine(event);
    case 'note':
      return event.message;
    case 'disconnected':
      return `disconnected: ${event.reason}`;
    default:
      return event.kind;
  }
}

function trafficLine(pairs: readonly PairTraffic[]): string {
  const total = (field: keyof PairTraffic): number => pairs.reduce((sum, pair) => sum + pair[field], 0);
  return (
    `sent ${total('sent')}, received ${total('received')}, lost ${total('lost')}, ` +
    `corrupted ${total('corrupted')}; kicks ${total('kicks')}, doorbells ${total('doorbells')}, interrupts ${total('interrupts')}`
  );
}

export async function runVmm(given: VmmArguments, terminal: Terminal): Promise<ExitCode> {
  const options = parseVmm(given);
  const json = given.json === true;
  const tell = (object: object, line: string): void => terminal.out(json ? JSON.stringify(object) : line);
  const vm = startSimulatedVm({ ...options, onEvent: (event) => tell(eventJson(event), eventLine(event)) });
  if (!vm.ok) throw new CliError(EXIT.failed, vm.error);
  // Before anybody is told that it is ready, and may end it.
  const end = (): void => void vm.value.end();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  const { place } = options;
  const says = place.kind === 'listen' ? 'listens on' : 'connects to';
  tell({ event: 'ready', [place.kind]: place.path }, `SIM: the simulated VM ${says} ${place.path}`);

  const report = setInterval(() => {
    const pairs = vm.value.traffic();
    if (pairs !== null) tell({ event: 'traffic', pairs }, trafficLine(pairs));
  }, REPORT_MS);
  const why = await vm.value.ended;
  clearInterval(report);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, end);
  if (why === null) {
    tell({ event: 'ended' }, 'ended');
    return EXIT.ok;
  }
  await vm.value.end();
  throw new CliError(EXIT.failed, why);
}
