/** `doorbell status` for people: one block per endpoint, one line per queue. */
import { describe, type Pip } from '../contract/describe.ts';
import type {
  AcceleratorSnapshot,
  EngineSnapshot,
  QueueSnapshot,
  SessionSnapshot,
} from '../contract/snapshot.ts';
import { wrapWords } from '../contract/wrap-words.ts';
import { table } from './table.ts';

const UNKNOWN = '—';
const PIPS: Readonly<Record<Pip, string>> = { reached: '●', open: '○', unknowable: UNKNOWN };
const HEAD = [
  'IDX',
  'ROLE',
  'SIZE',
  'DESIRED',
  'ACTUAL',
  'EVIDENCE',
  'GROUP',
  'NOTIFY REGION',
  'KICKS',
  'DOORBELLS',
  'ENGINE',
  'DEVICE',
  'REASON',
] as const;

const count = (value: number | null): string => (value === null ? UNKNOWN : String(value));

function queueRow(queue: QueueSnapshot): readonly string[] {
  const { label, pips, group, notifyRegion } = describe(queue);
  const { kicks, doorbells, engineDescriptors, deviceDescriptors } = queue.counters;
  return [
    String(queue.index),
    queue.role,
    count(queue.size),
    queue.desired,
    label,
    pips
      .slice(1)
      .map((pip) => PIPS[pip])
      .join(''),
    group,
    notifyRegion,
    count(kicks),
    count(doorbells),
    count(engineDescriptors),
    count(deviceDescriptors),
    queue.step?.name === 'wrap' ? wrapWords(queue.step) : (queue.reason?.code ?? ''),
  ];
}

function uplinkWords({ uplink }: SessionSnapshot): string {
  if (uplink === null) return '';
  if (uplink.connected) return ` · in software through ${uplink.accelerator}`;
  return ` · not connected to ${uplink.accelerator}${uplink.problem === null ? '' : `: ${uplink.problem}`}`;
}

function sessionHead(session: SessionSnapshot): string {
  const peer =
    session.peer === null
      ? ''
      : ` · pid ${session.peer.pid}${session.peer.name === null ? '' : ` ${session.peer.name}`}`;
  const simulated = session.simulated ? ' · SIM' : '';
  const mac = session.mac === null ? '' : ` · guest ${session.mac}`;
  const features =
    session.features === null
      ? ''
      : ` · features ${session.features.virtio} protocol ${session.features.protocol}`;
  return `${session.name}  ${session.state} · ${session.socket} · ${session.dialect}${mac}${uplinkWords(session)}${peer}${features}${simulated}`;
}

function acceleratorLine(accelerator: AcceleratorSnapshot): string {
  const simulated = accelerator.simulated ? ' · SIM' : '';
  const problem =
    accelerator.problem === null
      ? 'usable'
      : `not usable: ${accelerator.problem.message} ${accelerator.problem.remedy}`;
  const holders = accelerator.group?.holders ?? [];
  const group = accelerator.group === null ? 'no group' : `group ${accelerator.group.id}`;
  return `${accelerator.id}  ${accelerator.kind} · ${problem} · ${group} · ${holders.length} ${holders.length === 1 ? 'queue' : 'queues'}${simulated}`;
}

export function statusTable(snapshot: EngineSnapshot): readonly string[] {
  const readOnly = snapshot.readOnly ? ' · read-only' : '';
  const sessions = snapshot.sessions.flatMap((session) => [
    '',
    sessionHead(session),
    ...table([HEAD, ...session.queues.map(queueRow)]).map((line) => `  ${line}`),
  ]);
  return [
    `Doorbell ${snapshot.version} · pid ${snapshot.pid}${readOnly}`,
    ...(sessions.length === 0 ? ['', 'No endpoints.'] : sessions),
    '',
    'Accelerators',
    ...snapshot.accelerators.map((accelerator) => `  ${acceleratorLine(accelerator)}`),
    ...(snapshot.accelerators.length === 0 ? ['  none'] : []),
  ];
}
