import { describe, expect, test } from 'vitest';
import { describeSize } from '../payload/codec.ts';
import { BACKEND } from './backend.ts';
import { FRONTEND } from './frontend.ts';
import { REPLIES } from './replies.ts';
import type { FdRule, Gate, ReplyRule, Row } from './row.ts';

/** One row as one line of the specification's table, so that a change of the table is a change here. */
const line = (row: Row<string, unknown>): string =>
  [
    row.id,
    row.name,
    describeSize(row.payload.size),
    fds(row.fds),
    row.gates.map(gate).join('+') || '-',
    reply(row.reply),
  ].join(' | ');

const fds = (rule: FdRule): string =>
  rule.kind === 'exact' ? String(rule.count) : rule.kind === 'range' ? `${rule.min}-${rule.max}` : rule.kind;
const gate = (g: Gate): string =>
  `${g.breach === 'note' ? '?' : ''}${g.name}${g.side === 'virtio' && g.when === 'offered' ? ' offered' : ''}`;
const reply = (rule: ReplyRule): string =>
  rule.kind === 'ack' ? 'A' : rule.kind === 'explicit' ? `R(${rule.refusal})` : `R if ${rule.feature}`;

describe('THE TABLE', () => {
  test('front-end requests are the 44 of the specification', () => {
    expect(Object.values(FRONTEND).map((row) => line(row))).toEqual([
      '1 | GET_FEATURES | 0 | 0 | - | R(impossible)',
      '2 | SET_FEATURES | 8 | 0 | - | A',
      '3 | SET_OWNER | 0 | 0 | - | A',
      '4 | RESET_OWNER | 0 | 0 | - | A',
      '5 | SET_MEM_TABLE | 8…264 | per-region | - | A',
      '6 | SET_LOG_BASE | 8 or 16 | 0-1 | ?LOG_SHMFD | R if LOG_SHMFD',
      '7 | SET_LOG_FD | 0 | 1 | - | A',
      '8 | SET_VRING_NUM | 8 | 0 | - | A',
      '9 | SET_VRING_ADDR | 40 | 0 | - | A',
      '10 | SET_VRING_BASE | 8 | 0 | - | A',
      '11 | GET_VRING_BASE | 8 | 0 | - | R(impossible)',
      '12 | SET_VRING_KICK | 8 | no-fd-bit | - | A',
      '13 | SET_VRING_CALL | 8 | no-fd-bit | - | A',
      '14 | SET_VRING_ERR | 8 | no-fd-bit | - | A',
      '15 | GET_PROTOCOL_FEATURES | 0 | 0 | ?VHOST_USER_F_PROTOCOL_FEATURES offered | R(impossible)',
      '16 | SET_PROTOCOL_FEATURES | 8 | 0 | ?VHOST_USER_F_PROTOCOL_FEATURES offered | A',
      '17 | GET_QUEUE_NUM | 0 | 0 | ?MQ | R(impossible)',
      '18 | SET_VRING_ENABLE | 8 | 0 | ?VHOST_USER_F_PROTOCOL_FEATURES offered | A',
      '19 | SEND_RARP | 8 | 0 | RARP | A',
      '20 | NET_SET_MTU | 8 | 0 | MTU+NET_F_MTU offered | A',
      '21 | SET_BACKEND_REQ_FD | 0 | 1 | BACKEND_REQ | A',
      '22 | IOTLB_MSG | 32 | 0 | F_ACCESS_PLATFORM | R(value)',
      '23 | SET_VRING_ENDIAN | 8 | 0 | CROSS_ENDIAN | A',
      '24 | GET_CONFIG | 12…268 | 0 | CONFIG | R(empty)',
      '25 | SET_CONFIG | 12…268 | 0 | CONFIG | A',
      '26 | CREATE_CRYPTO_SESSION | 8…2048 | 0 | CRYPTO_SESSION | R(impossible)',
      '27 | CLOSE_CRYPTO_SESSION | 8 | 0 | CRYPTO_SESSION | A',
      '28 | POSTCOPY_ADVISE | 0 | 0 | PAGEFAULT | R(impossible)',
      '29 | POSTCOPY_LISTEN | 0 | 0 | PAGEFAULT | A',
      '30 | POSTCOPY_END | 0 | 0 | PAGEFAULT | R(value)',
      '31 | GET_INFLIGHT_FD | 24 | 0 | INFLIGHT_SHMFD | R(impossible)',
      '32 | SET_INFLIGHT_FD | 24 | 1 | INFLIGHT_SHMFD | A',
      '33 | GPU_SET_SOCKET | 0 | 1 | - | A',
      '34 | RESET_DEVICE | 0 | 0 | RESET_DEVICE | A',
      '35 | VRING_KICK | 8 | 0 | INBAND_NOTIFICATIONS | A',
      '36 | GET_MAX_MEM_SLOTS | 0 | 0 | CONFIGURE_MEM_SLOTS | R(impossible)',
      '37 | ADD_MEM_REG | 40 | 1 | CONFIGURE_MEM_SLOTS | A',
      '38 | REM_MEM_REG | 40 | 0-1 | CONFIGURE_MEM_SLOTS | A',
      '39 | SET_STATUS | 8 | 0 | STATUS | A',
      '40 | GET_STATUS | 0 | 0 | ?STATUS | R(impossible)',
      '41 | GET_SHARED_OBJECT | 16 | 0 | SHARED_OBJECT | R(value)',
      '42 | SET_DEVICE_STATE_FD | 8 | 1 | DEVICE_STATE | R(value)',
      '43 | CHECK_DEVICE_STATE | 0 | 0 | DEVICE_STATE | R(value)',
      '44 | GET_SHMEM_CONFIG | 0 | 0 | SHMEM | R(impossible)',
    ]);
  });

  test('back-end requests are the 10 of the specification and the 2 of the 2018 draft', () => {
    expect(Object.values(BACKEND).map((row) => line(row))).toEqual([
      '1 | BACKEND_IOTLB_MSG | 32 | 0 | F_ACCESS_PLATFORM | A',
      '2 | BACKEND_CONFIG_CHANGE_MSG | 0 | 0 | CONFIG | A',
      '3 | BACKEND_VRING_HOST_NOTIFIER_MSG | 24 | no-fd-bit | HOST_NOTIFIER | A',
      '3 | VRING_VFIO_GROUP_MSG | 8 | no-fd-bit | F_VFIO | A',
      '4 | BACKEND_VRING_CALL | 8 | 0 | INBAND_NOTIFICATIONS | A',
      '4 | VRING_NOTIFY_AREA_MSG | 24 | no-fd-bit | F_VFIO | A',
      '5 | BACKEND_VRING_ERR | 8 | 0 | INBAND_NOTIFICATIONS | A',
      '6 | BACKEND_SHARED_OBJECT_ADD | 16 | 0 | SHARED_OBJECT | A',
      '7 | BACKEND_SHARED_OBJECT_REMOVE | 16 | 0 | SHARED_OBJECT | A',
      '8 | BACKEND_SHARED_OBJECT_LOOKUP | 16 | 0 | SHARED_OBJECT | R(value)',
      '9 | BACKEND_SHMEM_MAP | 40 | 1 | SHMEM | A',
      '10 | BACKEND_SHMEM_UNMAP | 40 | 0 | SHMEM | A',
    ]);
  });

  test('every key is the name of its row', () => {
    for (const [key, row] of [...Object.entries(FRONTEND), ...Object.entries(BACKEND)])
      expect(row.name).toBe(key);
  });

  test('one number means one message within a dialect', () => {
    for (const rows of [Object.values(FRONTEND), Object.values(BACKEND)])
      for (const dialect of ['upstream', 'rfc2018'] as const) {
        const ids = rows.filter((row) => row.dialects.includes(dialect)).map((row) => row.id);
        expect(new Set(ids).size).toBe(ids.length);
      }
  });

  test('a request has a reply layout if and only if it is always or sometimes answered by more than an acknowledgement', () => {
    const explicit = Object.values(FRONTEND).filter((row) => row.reply.kind !== 'ack');
    expect(Object.keys(REPLIES).sort()).toEqual(explicit.map((row) => row.name).sort());
  });
});
