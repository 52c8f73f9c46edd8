import { describe, expect, test } from 'vitest';
import { formatHex } from './feature-names.ts';
import { hasProtocol, protocolBitsOf, protocolFeatureNames, protocolMask } from './protocol-features.ts';
import { hasVirtio, virtioFeatureNames, virtioMask } from './virtio-features.ts';

describe('feature bits', () => {
  test('virtio bits above 31 are kept', () => {
    expect(virtioMask('F_VERSION_1', 'F_RING_RESET')).toBe(0x101_0000_0000n);
    expect(hasVirtio(0x1_0000_0000n, 'F_VERSION_1')).toBe(true);
    expect(hasVirtio(0x1n, 'F_VERSION_1')).toBe(false);
  });
  test('names come lowest first and unnamed bits by number', () => {
    expect(virtioFeatureNames(virtioMask('F_VERSION_1', 'NET_F_MAC') | (1n << 63n))).toEqual([
      'NET_F_MAC',
      'F_VERSION_1',
      'bit 63',
    ]);
  });
  test('protocol bit 8 is named by its dialect', () => {
    expect(protocolFeatureNames(0x100n, 'upstream')).toEqual(['PAGEFAULT']);
    expect(protocolFeatureNames(0x100n, 'rfc2018')).toEqual(['F_VFIO']);
  });
  test('rfc2018 knows bits 0 to 6 and 8 only', () => {
    expect(protocolBitsOf('rfc2018')).toBe(0x17fn);
    expect(protocolBitsOf('upstream')).toBe(0x7f_ffffn);
  });
  test('a mask and its test agree', () => {
    expect(hasProtocol(protocolMask('HOST_NOTIFIER'), 'HOST_NOTIFIER')).toBe(true);
    expect(protocolMask('HOST_NOTIFIER')).toBe(0x800n);
  });
  test('a u64 is shown in hex without padding', () => {
    expect(formatHex(0x140000000n)).toBe('0x140000000');
  });
});
