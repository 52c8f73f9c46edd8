/** Frames that tell where they were sent, so that a capture of the network behind a device can be asked for them. */
import { readFileSync } from 'node:fs';

/** Doorbell stores of the case that starts a queue on the device. */
export const STORES = 4;

/** For experiments on a local network (IEEE 802). */
const ETHERTYPE = 0x88b6;
const PCAP_HEADER = 24;
const RECORD_HEADER = 16;

export function markedFrame(from: string, mark: string, number: number): Buffer {
  const frame = Buffer.alloc(60);
  frame.fill(0xff, 0, 6);
  Buffer.from(from.replaceAll(':', ''), 'hex').copy(frame, 6);
  frame.writeUInt16BE(ETHERTYPE, 12);
  frame.write(`${mark} ${number}`, 14);
  return frame;
}

/** The texts of all marked frames in a capture, in order. */
export function marksIn(pcap: string): readonly string[] {
  const bytes = readFileSync(pcap);
  const marks = [];
  for (let at = PCAP_HEADER; at + RECORD_HEADER <= bytes.length;) {
    const length = bytes.readUInt32LE(at + 8);
    const frame = bytes.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length);
    if (frame.length >= 16 && frame.readUInt16BE(12) === ETHERTYPE)
      marks.push(frame.subarray(14).toString('latin1').replace(/\0.*$/s, ''));
    at += RECORD_HEADER + length;
  }
  return marks;
}
