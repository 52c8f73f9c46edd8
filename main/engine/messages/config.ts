/** The device's configuration, as the front-end shows it to its guest (protocol feature CONFIG). */
import { encodeReply } from '../../wire/encode.ts';
import { encodeNetConfig, showsLink } from '../../wire/net-config.ts';
import type { Config } from '../../wire/payload/config.ts';
import { linkWasRead } from '../guest-link.ts';
import type { Turn } from '../turn.ts';
import { refused, reply, type Outcome } from './outcome.ts';

/** A window of it, as large as was asked for; front-ends ask for any, in any order and at any time. */
export function getConfig(turn: Turn, { offset, flags, data }: Config): Outcome {
  const { netConfig, queuePairs, maxMtu } = turn.state.config;
  if (netConfig === null) return refused('request', 'the endpoint has no configuration to tell');
  const mtu = turn.state.mtu ?? maxMtu;
  const bytes = encodeNetConfig({ mac: netConfig.mac, linkUp: turn.context.linkUp, queuePairs, mtu });
  const end = offset + data.byteLength;
  if (end > bytes.byteLength)
    return refused('size', `Bytes ${offset} to ${end} of a configuration of ${bytes.byteLength}`);
  if (showsLink(offset, data.byteLength)) linkWasRead(turn);
  return reply(encodeReply('GET_CONFIG', { offset, flags, data: bytes.subarray(offset, end) }));
}

/** Of VHOST_USER_SET_CONFIG: the driver writes, or a migration restores. */
const WRITTEN_BY_DRIVER = 0;
const RESTORED = 1;

/** All of it is read-only for a driver (virtio 1.2 §5.1.4), and made anew from what is so on the host that the guest is on. */
export function setConfig({ flags }: Config): Outcome {
  switch (flags) {
    case WRITTEN_BY_DRIVER:
      return refused('data', 'a driver writes nothing in the configuration of a network device');
    case RESTORED:
      return refused(
        'data',
        'the configuration of a network device is not restored, it tells what is so here',
      );
    default:
      return refused('flags', `${flags} is neither ${WRITTEN_BY_DRIVER} nor ${RESTORED}`);
  }
}
