import { describe, expect, it } from 'vitest';
import { hasProtocol, protocolFeatureNames } from '../wire/protocol-features.ts';
import { virtioFeatureNames, virtioMask } from '../wire/virtio-features.ts';
import { offeredFeatures, offeredProtocol, type Offer } from './offered.ts';

const PLAIN: Offer = { dialect: 'upstream', queuePairs: 1, mtu: null, iommu: false, netConfig: null };
const WITH_ADDRESS = { mac: '52:54:00:00:01:00', linkOf: null };

/** Beside what every endpoint offers. */
function more(offer: Partial<Offer>): readonly string[] {
  const [plain, other] = [PLAIN, { ...PLAIN, ...offer }];
  const virtio = offeredFeatures(0n, [], other) & ~offeredFeatures(0n, [], plain);
  const protocol = offeredProtocol(other) & ~offeredProtocol(plain);
  return [...virtioFeatureNames(virtio), ...protocolFeatureNames(protocol, 'upstream')];
}

describe('An offer', () => {
  it.each([
    [
      'with a configuration has the bit for it, the address and the link',
      { netConfig: WITH_ADDRESS },
      ['NET_F_MAC', 'NET_F_STATUS', 'CONFIG'],
    ],
    [
      'with a configuration and no known address leaves that to the guest',
      { netConfig: { mac: null, linkOf: null } },
      ['NET_F_STATUS', 'CONFIG'],
    ],
    ['with an MTU has the message for it, and the field', { mtu: 1500 }, ['NET_F_MTU', 'MTU']],
    ['of several pairs has multiqueue', { queuePairs: 2 }, ['NET_F_MQ', 'MQ']],
    ['for a vIOMMU has ACCESS_PLATFORM', { iommu: true }, ['F_ACCESS_PLATFORM']],
  ])('%s', (_, offer, names) => {
    expect(more(offer)).toEqual(names);
  });

  it('without any of it has no configuration: QEMU would warn', () => {
    expect(hasProtocol(offeredProtocol(PLAIN), 'CONFIG')).toBe(false);
    const features = offeredFeatures(virtioMask('F_VERSION_1'), [], PLAIN);
    expect(features & virtioMask('NET_F_MAC', 'NET_F_STATUS', 'NET_F_MTU')).toBe(0n);
  });
});
