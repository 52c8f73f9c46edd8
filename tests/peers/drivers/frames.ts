/** The few frames that the tests speak: ARP, ICMP echo and UDP over Ethernet. */
export interface Station {
  readonly mac: string;
  readonly ip: string;
}

const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const ETHERTYPE_IP = 0x0800;
const ETHERTYPE_ARP = 0x0806;

const mac = (text: string): Buffer => Buffer.from(text.replaceAll(':', ''), 'hex');
const ip = (text: string): Buffer => Buffer.from(text.split('.').map(Number));

const u16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value & 0xffff);
  return bytes;
};

const ethernet = (to: string, from: string, type: number, body: Buffer): Buffer =>
  Buffer.concat([mac(to), mac(from), u16(type), body, Buffer.alloc(Math.max(0, 46 - body.length))]);

/** RFC 1071. */
export function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2)
    sum += at + 1 < bytes.length ? bytes.readUInt16BE(at) : bytes.readUInt8(at) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

export function arpRequest(asker: Station, target: string): Buffer {
  const body = Buffer.concat([
    Buffer.from([0, 1, 8, 0, 6, 4, 0, 1]),
    mac(asker.mac),
    ip(asker.ip),
    mac('00:00:00:00:00:00'),
    ip(target),
  ]);
  return ethernet(BROADCAST, asker.mac, ETHERTYPE_ARP, body);
}

/** The sender's MAC of an ARP reply for `target`, undefined for any other frame. */
export function arpReplyMac(frame: Buffer, target: string): string | undefined {
  if (frame.length < 42 || frame.readUInt16BE(12) !== ETHERTYPE_ARP || frame.readUInt16BE(20) !== 2)
    return undefined;
  if (!frame.subarray(28, 32).equals(ip(target))) return undefined;
  return frame.subarray(22, 28).toString('hex').match(/../g)?.join(':');
}

function ipv4(from: Station, to: Station, protocol: number, body: Buffer): Buffer {
  const header = Buffer.concat([
    Buffer.from([0x45, 0]),
    u16(20 + body.length),
    Buffer.from([0, 0, 0x40, 0, 64, protocol, 0, 0]),
    ip(from.ip),
    ip(to.ip),
  ]);
  header.writeUInt16BE(checksum(header), 10);
  return ethernet(to.mac, from.mac, ETHERTYPE_IP, Buffer.concat([header, body]));
}

export function echoRequest(from: Station, to: Station, sequence: number, payload: Buffer): Buffer {
  const icmp = Buffer.concat([Buffer.from([8, 0, 0, 0]), u16(0xd00b), u16(sequence), payload]);
  icmp.writeUInt16BE(checksum(icmp), 2);
  return ipv4(from, to, 1, icmp);
}

/** Sequence number and payload of an echo reply whose checksum is right, undefined for any other frame. */
export function echoReply(
  frame: Buffer,
): { readonly sequence: number; readonly payload: Buffer } | undefined {
  if (frame.length < 42 || frame.readUInt16BE(12) !== ETHERTYPE_IP || frame.readUInt8(23) !== 1)
    return undefined;
  const icmp = frame.subarray(34, 14 + frame.readUInt16BE(16));
  if (icmp.readUInt8(0) !== 0 || checksum(icmp) !== 0) return undefined;
  return { sequence: icmp.readUInt16BE(6), payload: icmp.subarray(8) };
}
