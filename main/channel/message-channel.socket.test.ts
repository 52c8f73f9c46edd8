import fc from 'fast-check';
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadAddon } from '../addon/load.ts';
import type { Fd, Stream } from '../addon/surface.ts';
import { until, valueOf } from '../addon/testing/expectations.ts';
import { encodeFrontend } from '../wire/encode.ts';
import { encodeFrame, MAX_BODY_BYTES } from '../wire/header.ts';
import type { ChannelFrame } from './frame-reader.ts';
import { MessageChannel, type ChannelEnd } from './message-channel.ts';
import { MAX_QUEUED_BYTES } from './outbox.ts';

const { io } = loadAddon();
const features = encodeFrontend('SET_FEATURES', 7n);
const eventfds = (count: number): Fd[] => Array.from({ length: count }, () => valueOf(io.eventfd()));
const openFds = (): number => readdirSync('/proc/self/fd').length;

describe('a channel on a real socket', () => {
  let peer: Stream;
  let channel: MessageChannel;
  let frames: ChannelFrame[];
  let ends: ChannelEnd[];
  let fdsBefore: number;

  beforeEach(() => {
    fdsBefore = openFds();
    const pair = valueOf(io.streamPair());
    peer = valueOf(io.streamFromFd(pair.fd));
    frames = [];
    ends = [];
    channel = new MessageChannel(pair.stream, {
      onMessage: (frame) => frames.push(frame),
      onClosed: (reason) => ends.push(reason),
    });
  });
  afterEach(() => {
    for (const fd of frames.flatMap(({ fds }) => fds)) fd.close();
    channel.close();
    peer.close();
    expect([openFds(), io.leaked()]).toEqual([fdsBefore, 0]);
  });
  const say = (bytes: Uint8Array, fds: readonly Fd[] = []): void => {
    expect(valueOf(peer.send(bytes, fds))).toBe(bytes.byteLength);
    for (const fd of fds) fd.close();
  };

  test('keeps the fds of messages that were sent back to back apart', async () => {
    const [first, second] = [eventfds(8), eventfds(1)];
    const keys = [first, second].map((fds) => fds.map((fd) => fd.identity().key));
    say(features, first);
    say(features);
    say(features, second);
    await until(() => frames.length === 3);
    expect(frames.map(({ fds }) => fds.map((fd) => fd.identity().key))).toEqual([keys[0], [], keys[1]]);
  });

  test('counts nine fds as too many and keeps none', async () => {
    say(features, eventfds(9));
    await until(() => frames.length === 1);
    expect([frames[0]?.fds, frames[0]?.fdCount]).toEqual([[], 9]);
  });

  test('closes fds that come with the body', async () => {
    say(features.subarray(0, 12));
    await new Promise((resolve) => setImmediate(resolve));
    say(features.subarray(12), eventfds(2));
    await until(() => frames.length === 1);
    expect([frames[0]?.fds, frames[0]?.fdCount]).toEqual([[], 2]);
  });

  test('paused, delivers nothing, and still sees the peer go', async () => {
    channel.pause();
    say(features);
    peer.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(frames).toEqual([]);
    channel.resume();
    await until(() => ends.length === 1);
    expect([frames.length, ends]).toEqual([1, [{ kind: 'ended', midMessage: false }]]);
  });

  test('paused with nothing unread, reports the end at once', async () => {
    channel.pause();
    peer.close();
    await until(() => ends.length === 1);
  });

  test('to a peer that does not read is given up at the bound, no fd left', async () => {
    const answer = encodeFrame(1, 'reply', new Uint8Array(MAX_BODY_BYTES));
    for (let sent = 0; ends.length === 0; sent += answer.byteLength) {
      channel.send(answer, eventfds(1));
      // The kernel's own buffer holds some 200 KiB before ours begins to fill.
      expect(sent).toBeLessThan(4 * 1024 * 1024 + MAX_QUEUED_BYTES);
    }
    expect(ends).toEqual([{ kind: 'overflow' }]);
    await until(() => channel.closed);
  });

  test('to a slow peer sends every byte in order', async () => {
    const message = encodeFrame(
      1,
      'reply',
      Uint8Array.from({ length: 4000 }, (_, i) => i % 251),
    );
    const count = 60;
    for (let i = 0; i < count; i++) channel.send(message);
    const received: number[] = [];
    peer.onReadable(() => {
      const outcome = peer.receive(777);
      if (outcome.kind === 'data') received.push(...outcome.data.bytes);
    });
    await until(() => received.length === count * message.byteLength || ends.length > 0);
    expect(ends).toEqual([]);
    expect(received.slice(-message.byteLength)).toEqual([...message]);
  });
});

describe('random bytes with fds on a real socket', () => {
  test('end the channel or become messages; every fd is closed', async () => {
    const before = openFds();
    const piece = fc.record({ bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }), fds: fc.nat(3) });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const pair = valueOf(io.streamPair());
        const peer = valueOf(io.streamFromFd(pair.fd));
        let isOver = false;
        const channel = new MessageChannel(pair.stream, {
          onMessage: ({ fds }) => fds.forEach((fd) => fd.close()),
          onClosed: () => (isOver = true),
        });
        for (const { bytes, fds } of pieces) {
          const carried = eventfds(fds);
          peer.send(bytes, carried);
          for (const fd of carried) fd.close();
        }
        peer.close();
        await until(() => isOver);
        channel.close();
        expect(openFds()).toBe(before);
      }),
      { numRuns: 100 },
    );
  });
});
