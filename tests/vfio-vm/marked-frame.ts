/** Frames that tell where they were sent, so that a capture of the network behind a device can be asked for them. */
import { readFileSync } from 'node:fs';

/** Doorbell stores of the case that starts a queue on the device. */
export const STORES = 4;

/** Frames of each part of the case whose guest is on the device's network wherever its rings are. */
export const UPLINK_FRAMES = 5;
/** Parts of it: in software, on the device, one queue each, in software. */
export const UPLINK_PARTS = 4;

/** For experiments on a local network (IEEE 802). */
const ETHERTYPE = 0x88b6;
/** Of the frames that a simulated guest sends. */
const PROBE_ETHERTYPE = 0x88b5;
/** Without its checksum. */
const SHORTEST = 60;
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

function framesIn(pcap: string, ethertype: number): readonly Buffer[] {
  const bytes = readFileSync(pcap);
  const frames = [];
  for (let at = PCAP_HEADER; at + RECORD_HEADER <= bytes.length;) {
    const length = bytes.readUInt32LE(at + 8);
    const frame = bytes.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length);
    if (frame.length >= SHORTEST && frame.readUInt16BE(12) === ethertype) frames.push(frame);
    at += RECORD_HEADER + length;
  }
  return frames;
}

/** The texts of all marked frames in a capture, in order. */
export const marksIn = (pcap: string): readonly string[] =>
  framesIn(pcap, ETHERTYPE).map((frame) => frame.subarray(14).toString('latin1').replace(/\0.*$/s, ''));

/** The numbers of a simulated guest's frames in a capture, in order (native/guest/probe_frame.h). */
export const probesIn = (pcap: string): readonly number[] =>
  framesIn(pcap, PROBE_ETHERTYPE).map((frame) => Number(frame.readBigUInt64LE(26)));
