/** One message as a diagram shows it: its name, the queue that it names, and what rides along. */
import type { ChannelFrame } from '../../../main/channel/frame-reader.ts';
import type { Dialect } from '../../../main/wire/dialect.ts';
import { BACKEND } from '../../../main/wire/table/backend.ts';
import { hasVirtio } from '../../../main/wire/virtio-features.ts';
import { FRONTEND, type FrontendMessage } from '../../../main/wire/table/frontend.ts';

interface NamedRow {
  readonly id: number;
  readonly name: string;
  readonly dialects: readonly Dialect[];
  read(body: Uint8Array, needReply: boolean): { readonly ok: boolean; readonly value?: { payload: unknown } };
}

const hexOf = (value: unknown): string =>
  typeof value === 'bigint' ? `0x${value.toString(16)}` : String(value);

/** Names whose number says something about the queue. */
const NUMBERS: Readonly<Partial<Record<FrontendMessage['name'], string>>> = {
  SET_VRING_NUM: 'size',
  SET_VRING_BASE: 'index',
  SET_VRING_ENABLE: 'on',
};

/** What of a message's features, or of its own, concerns a migration. */
function logOf(name: string, payload: unknown): string | null {
  if (name === 'SET_FEATURES' && typeof payload === 'bigint')
    return hasVirtio(payload, 'VHOST_F_LOG_ALL') ? ' (with LOG_ALL)' : null;
  if (typeof payload !== 'object' || payload === null) return null;
  return name === 'SET_LOG_BASE' && 'size' in payload ? ` (${hexOf(payload.size)} bytes)` : null;
}

function fieldsOf(name: string, payload: unknown): string {
  const log = logOf(name, payload);
  if (log !== null) return log;
  if (typeof payload !== 'object' || payload === null || !('index' in payload)) return '';
  const parts = [`queue ${String(payload.index)}`];
  const what = Object.entries(NUMBERS).find(([one]) => one === name)?.[1];
  if (what !== undefined && 'num' in payload) parts.push(`${what} ${String(payload.num)}`);
  if ('logsUsedRing' in payload && payload.logsUsedRing === true) parts.push('used part logged');
  if ('noFd' in payload && payload.noFd === true) parts.push('no fd');
  else if ('size' in payload && 'offset' in payload)
    parts.push(`${hexOf(payload.size)} bytes at ${hexOf(payload.offset)}`);
  return ` (${parts.join(', ')})`;
}

export function describeMessage(
  asks: 'front-end' | 'back-end',
  { header, body, fds }: ChannelFrame,
  dialect: Dialect,
): string {
  const rows: readonly NamedRow[] = Object.values(asks === 'front-end' ? FRONTEND : BACKEND);
  const row = rows.find(({ id, dialects }) => id === header.request && dialects.includes(dialect));
  const name = row?.name ?? `request ${header.request}`;
  if (header.isReply) return replyText(name, body);
  const read = row?.read(body, header.needReply);
  const fields = read?.ok === true ? fieldsOf(name, read.value?.payload) : '';
  const carried = fds.length === 0 ? '' : ` +${fds.length} fd`;
  return `${name}${fields}${carried}${header.needReply ? ' [need_reply]' : ''}`;
}

function replyText(name: string, body: Uint8Array): string {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  if (name === 'GET_VRING_BASE') return `${name} reply: index ${view.getUint32(4, true)}`;
  return body.byteLength === 8 ? `${name} reply: ${hexOf(view.getBigUint64(0, true))}` : `${name} reply`;
}
