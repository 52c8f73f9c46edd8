import { describe, expect, test } from 'vitest';
import { decodeNetConfig, encodeNetConfig, netConfigBytes, showsLink } from './net-config.ts';
import { virtioMask } from './virtio-features.ts';

const CONFIG = { mac: '52:54:00:ab:cd:0f', linkUp: true, queuePairs: 3, mtu: 9000 };
const ALL = virtioMask('NET_F_MAC', 'NET_F_STATUS', 'NET_F_MQ', 'NET_F_MTU');

describe('the configuration of a network device (virtio 1.2 §5.1.4)', () => {
  test('has each field at its place, little-endian, and says of speed and duplex that they are unknown', () => {
    expect([...encodeNetConfig(CONFIG)]).toEqual([
      0x52, 0x54, 0x00, 0xab, 0xcd, 0x0f, 1, 0, 3, 0, 0x28, 0x23, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0,
      0, 0,
    ]);
  });

  test('without an address, a link or an MTU has zeroes there', () => {
    const bytes = encodeNetConfig({ ...CONFIG, mac: null, linkUp: false, mtu: null });
    expect([...bytes.subarray(0, 8), ...bytes.subarray(10, 12)]).toEqual(Array.from({ length: 10 }, () => 0));
  });

  test('is read as it was written', () => {
    const bytes = encodeNetConfig(CONFIG).subarray(0, netConfigBytes(ALL));
    expect(decodeNetConfig(bytes, ALL)).toEqual({ mac: CONFIG.mac, link: 'up', queuePairs: 3, mtu: 9000 });
    const down = encodeNetConfig({ ...CONFIG, linkUp: false });
    expect(decodeNetConfig(down, ALL).link).toBe('down');
  });

  test('says nothing in fields whose features are not offered', () => {
    expect(decodeNetConfig(encodeNetConfig(CONFIG), 0n)).toEqual({
      mac: null,
      link: null,
      queuePairs: null,
      mtu: null,
    });
  });

  test.each([
    ['none', 0n, 0],
    ['MAC', virtioMask('NET_F_MAC'), 6],
    ['STATUS', virtioMask('NET_F_STATUS'), 8],
    ['STATUS and MQ', virtioMask('NET_F_STATUS', 'NET_F_MQ'), 10],
    ['MAC and MTU', virtioMask('NET_F_MAC', 'NET_F_MTU'), 12],
  ])('with %s offered ends behind the last field that counts', (_, offered, bytes) => {
    expect(netConfigBytes(offered)).toBe(bytes);
  });

  test('shows the link in windows that hold its byte', () => {
    expect([showsLink(0, 6), showsLink(0, 7), showsLink(6, 2), showsLink(6, 0), showsLink(7, 2)]).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
  });
});
