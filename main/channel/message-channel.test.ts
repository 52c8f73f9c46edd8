import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFrontend } from '../wire/encode.ts';
import { encodeFrame } from '../wire/header.ts';
import type { ChannelFrame } from './frame-reader.ts';
import { MessageChannel, type ChannelEnd } from './message-channel.ts';
import { MAX_QUEUED_BYTES } from './outbox.ts';
import { FakeFd } from './testing/fake-fd.ts';
import { FakeStream } from './testing/fake-stream.ts';

function open(onMessage: (frame: ChannelFrame, channel: MessageChannel) => void = () => undefined) {
  const stream = new FakeStream();
  const frames: ChannelFrame[] = [];
  const ends: ChannelEnd[] = [];
  const channel: MessageChannel = new MessageChannel(stream, {
    onMessage: (frame) => {
      frames.push(frame);
      onMessage(frame, channel);
    },
    onClosed: (reason) => ends.push(reason),
  });
  return { stream, channel, frames, ends, requests: () => frames.map((frame) => frame.header.request) };
}
const owner = encodeFrontend('SET_OWNER', null);
const features = encodeFrontend('SET_FEATURES', 0x1122_3344n);
const concat = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

describe('framing', () => {
  test('two messages in one piece are delivered as two', () => {
    const peer = open();
    peer.stream.push(concat(features, owner)).pump();
    expect(peer.requests()).toEqual([2, 3]);
  });

  test('a message split at any byte is delivered once and whole', () => {
    for (let at = 1; at < features.byteLength; at++) {
      const peer = open();
      peer.stream.push(features.subarray(0, at)).pump();
      expect(peer.frames).toEqual([]);
      peer.stream.push(features.subarray(at)).pump();
      expect(peer.frames.map((frame) => frame.body)).toEqual([features.subarray(12)]);
    }
  });

  test('any cutting of many messages delivers them all in order', () => {
    const stream = concat(features, owner, features, owner, owner, features);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 80 }), (cuts) => {
        const peer = open();
        let at = 0;
        for (const cut of cuts) {
          peer.stream.push(stream.subarray(at, at + cut));
          at = Math.min(at + cut, stream.byteLength);
          if (cut % 3 === 0) peer.stream.pump();
        }
        peer.stream.push(stream.subarray(at)).pump();
        expect(peer.requests()).toEqual([2, 3, 2, 3, 3, 2]);
      }),
    );
  });

  test('a bad version ends the channel, closes the fds and delivers nothing', () => {
    const fd = new FakeFd();
    const peer = open();
    const bad = owner.slice();
    bad[4] = 2;
    peer.stream.push(bad, [fd]).pump();
    expect(peer.ends).toEqual([{ kind: 'framing', error: { kind: 'version', request: 3, version: 2 } }]);
    expect([peer.frames.length, fd.closes, peer.stream.closes]).toEqual([0, 1, 1]);
  });

  test('an announced body beyond the cap ends the channel before it is read', () => {
    const peer = open();
    const huge = owner.slice();
    huge.fill(0xff, 8, 12);
    peer.stream.push(huge).pump();
    expect(peer.ends).toMatchObject([{ kind: 'framing', error: { kind: 'too-large' } }]);
  });

  test('random bytes end the channel or become messages, and never throw', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 64 }), { maxLength: 20 }), (pieces) => {
        const peer = open();
        for (const piece of pieces) peer.stream.push(piece);
        peer.stream.end().pump();
        expect(peer.ends).toHaveLength(1);
        expect(peer.stream.closes).toBe(1);
      }),
      { numRuns: 500 },
    );
  });
});

describe('fds', () => {
  test('belong to the header that they came with', () => {
    const [first, second] = [new FakeFd(), new FakeFd()];
    const peer = open();
    peer.stream.push(features, [first]).push(owner, [second]).pump();
    expect(peer.frames.map((frame) => frame.fds)).toEqual([[first], [second]]);
    expect([first.closes, second.closes]).toEqual([0, 0]);
  });

  test('are kept while the rest of their message is on its way', () => {
    const fd = new FakeFd();
    const peer = open();
    peer.stream.push(features.subarray(0, 1), [fd]).pump();
    peer.stream.push(features.subarray(1)).pump();
    expect(peer.frames[0]?.fds).toEqual([fd]);
    expect(fd.closes).toBe(0);
  });

  test('sent with the body are closed and counted, so that the message is refused', () => {
    const fd = new FakeFd();
    const peer = open();
    peer.stream.push(features.subarray(0, 12)).push(features.subarray(12), [fd]).pump();
    expect(peer.frames).toMatchObject([{ fds: [], fdCount: 1 }]);
    expect(fd.closes).toBe(1);
  });

  test('that the kernel truncated are counted as too many', () => {
    const peer = open();
    peer.stream.push(features, [], true).pump();
    expect(peer.frames).toMatchObject([{ fds: [], fdCount: 9 }]);
  });

  test('of a message that never becomes whole are closed', () => {
    const fd = new FakeFd();
    const peer = open();
    peer.stream.push(features.subarray(0, 15), [fd]).end().pump();
    expect(peer.ends).toEqual([{ kind: 'ended', midMessage: true }]);
    expect(fd.closes).toBe(1);
  });

  test('of a delivered message are never touched again', () => {
    const fd = new FakeFd();
    const peer = open();
    peer.stream.push(owner, [fd]).end().pump();
    expect(peer.ends).toEqual([{ kind: 'ended', midMessage: false }]);
    expect(fd.closes).toBe(0);
  });
});

describe('pause (design rule 1: only reading pauses while a reply is owed)', () => {
  test('holds back all but the message that caused it', () => {
    const peer = open((_frame, channel) => channel.pause());
    peer.stream.push(features).push(owner).push(owner).pump();
    expect(peer.requests()).toEqual([2]);
    expect(peer.stream.listening).toBe(false);
  });

  test('ends with resume, which delivers the rest one by one', async () => {
    const peer = open((_frame, channel) => channel.pause());
    peer.stream.push(features).push(owner).push(features).pump();
    peer.channel.resume();
    await Promise.resolve();
    expect(peer.requests()).toEqual([2, 3]);
    peer.stream.pump();
    peer.channel.resume();
    await Promise.resolve();
    peer.stream.pump();
    expect(peer.requests()).toEqual([2, 3, 2]);
  });

  test('does not deliver from inside resume', () => {
    const peer = open((_frame, channel) => channel.pause());
    peer.stream.push(features).push(owner).pump();
    peer.channel.resume();
    expect(peer.requests()).toEqual([2]);
  });

  test('resumed from inside the listener goes on in the same turn', () => {
    const peer = open((_frame, channel) => {
      channel.pause();
      channel.resume();
    });
    peer.stream.push(concat(features, owner, owner)).pump();
    expect(peer.requests()).toEqual([2, 3, 3]);
  });

  test('does not hide the end of the connection', () => {
    const peer = open((_frame, channel) => channel.pause());
    peer.stream.push(features).end().pump();
    expect(peer.ends).toEqual([{ kind: 'ended', midMessage: false }]);
  });

  test('closed meanwhile closes the fds of the message read ahead', () => {
    const fd = new FakeFd();
    const peer = open((_frame, channel) => channel.pause());
    peer.stream.push(features).push(owner, [fd]).pump();
    peer.channel.close();
    expect(fd.closes).toBe(1);
  });

  test('closed before a resumed message was delivered delivers nothing', async () => {
    const peer = open((_frame, channel) => channel.pause());
    peer.stream.push(features).push(owner).pump();
    peer.channel.resume();
    peer.channel.close();
    await Promise.resolve();
    expect(peer.requests()).toEqual([2]);
  });
});

describe('sending', () => {
  const answer = encodeFrame(1, 'reply', new Uint8Array(8));

  test('takes the fds and closes them once they went', () => {
    const fd = new FakeFd();
    const peer = open();
    peer.channel.send(answer, [fd]);
    expect(peer.stream.sent).toEqual([{ bytes: answer, fds: 1 }]);
    expect(fd.closes).toBe(1);
  });

  test('in pieces sends every byte in order, the fds with the first only', () => {
    const fd = new FakeFd();
    const peer = open();
    peer.stream.room = 5;
    peer.channel.send(answer, [fd]);
    peer.channel.send(owner);
    expect(fd.closes).toBe(1);
    peer.stream.room = 9;
    peer.stream.pump();
    peer.stream.room = 100;
    peer.stream.pump();
    expect(peer.stream.sentBytes()).toEqual(concat(answer, owner));
    expect(peer.stream.sent.map((piece) => piece.fds)).toEqual([1, 0, 0, 0]);
  });

  test('blocked keeps the fds open until the first byte goes', () => {
    const fd = new FakeFd();
    const peer = open();
    peer.stream.room = 0;
    peer.channel.send(answer, [fd]);
    expect(fd.closes).toBe(0);
    peer.stream.room = 100;
    peer.stream.pump();
    expect(fd.closes).toBe(1);
  });

  test('to a peer that does not read ends the channel at the bound, every fd closed', () => {
    const fds: FakeFd[] = [];
    const peer = open();
    peer.stream.room = 0;
    while (peer.ends.length === 0 && fds.length < MAX_QUEUED_BYTES) {
      const fd = new FakeFd();
      fds.push(fd);
      peer.channel.send(answer, [fd]);
    }
    expect(peer.ends).toEqual([{ kind: 'overflow' }]);
    expect(fds.every((fd) => fd.closes === 1)).toBe(true);
  });

  test('to a peer that is gone ends the channel and closes the fds', () => {
    const fd = new FakeFd();
    const peer = open();
    peer.stream.sendError = 'EPIPE';
    peer.channel.send(answer, [fd]);
    expect(peer.ends).toMatchObject([{ kind: 'failed', error: { code: 'EPIPE' } }]);
    expect([fd.closes, peer.stream.closes]).toEqual([1, 1]);
  });

  test('after close closes the fds and sends nothing', () => {
    const fd = new FakeFd();
    const peer = open();
    peer.channel.close();
    peer.channel.send(answer, [fd]);
    expect([fd.closes, peer.stream.sent.length]).toEqual([1, 0]);
  });
});

describe('close', () => {
  test('twice closes the stream once and reports nothing', () => {
    const peer = open();
    peer.channel.close();
    peer.channel.close();
    expect([peer.stream.closes, peer.ends.length, peer.channel.closed]).toEqual([1, 0, true]);
  });

  test('from inside the listener stops the delivery of what came with the message', () => {
    const peer = open((_frame, channel) => channel.close());
    peer.stream.push(concat(features, owner)).pump();
    expect(peer.requests()).toEqual([2]);
    expect(peer.ends).toEqual([]);
  });

  test('a failed receive ends the channel with the reason', () => {
    const peer = open();
    peer.stream.failReceive('ECONNRESET').pump();
    expect(peer.ends).toMatchObject([{ kind: 'failed', error: { code: 'ECONNRESET' } }]);
  });

  test('a flood is delivered in turns', () => {
    const peer = open();
    peer.stream.push(concat(...Array.from({ length: 500 }, () => owner))).pump();
    expect(peer.frames).toHaveLength(500);
  });
});
