import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadAddon } from './load.ts';
import type { Fd, Stream } from './surface.ts';
import { codeOf, nextData, readable, until, valueOf } from './testing/expectations.ts';

const { io } = loadAddon();
const MESSAGE = new TextEncoder().encode('twelve bytes');

/** A method of `Stream` called past the types, on whatever `self` is. */
function call(self: object, method: keyof Stream, ...args: readonly unknown[]): void {
  const { stream, fd } = valueOf(io.streamPair());
  const anyMethod: unknown = Reflect.get(stream, method);
  stream.close();
  fd.close();
  if (typeof anyMethod === 'function') Reflect.apply(anyMethod, self, args);
}

describe('a stream', () => {
  let here: Stream;
  let there: Stream;

  beforeEach(() => {
    const pair = valueOf(io.streamPair());
    here = pair.stream;
    there = valueOf(io.streamFromFd(pair.fd));
  });
  afterEach(() => {
    here.close();
    there.close();
    expect(io.leaked()).toBe(0);
  });

  const eventfds = (count: number): Fd[] => Array.from({ length: count }, () => valueOf(io.eventfd()));
  const closeAll = (fds: readonly Fd[]): void => fds.forEach((fd) => fd.close());

  it('delivers fds with the first byte, as the same open files', async () => {
    const sent = eventfds(8);

    valueOf(here.send(MESSAGE, sent));
    const first = await nextData(there, 5);
    const rest = await nextData(there);

    expect(first.bytes).toEqual(MESSAGE.slice(0, 5));
    expect(first.fds.map((fd) => fd.identity().key)).toEqual(sent.map((fd) => fd.identity().key));
    expect(rest.bytes).toEqual(MESSAGE.slice(5));
    expect(rest.fds).toEqual([]);
    closeAll([...first.fds, ...sent]);
  });

  it('closes all of 9 fds and says so, while their bytes arrive', async () => {
    const sent = eventfds(9);

    valueOf(here.send(MESSAGE, sent));
    const data = await nextData(there);

    expect(data.bytes).toEqual(MESSAGE);
    expect(data.fds).toEqual([]);
    expect(data.fdsTruncated).toBe(true);
    closeAll(sent);
  });

  it('gives a truncated header and then the end when the peer closes in mid-message', async () => {
    valueOf(here.send(MESSAGE.slice(0, 5), []));
    here.close();

    const data = await nextData(there, 12);
    await readable(there);

    expect(data.bytes).toHaveLength(5);
    expect(there.receive(12)).toEqual({ kind: 'end' });
  });

  it('reports a peer that left our bytes unread as ECONNRESET', async () => {
    valueOf(there.send(MESSAGE, []));
    here.close();

    await readable(there);
    const outcome = there.receive(12);

    expect(outcome).toMatchObject({ kind: 'error', error: { code: 'ECONNRESET' } });
  });

  it('would block when nothing came', () => {
    expect(there.receive(12)).toEqual({ kind: 'would-block' });
  });

  it('is not called while it does not listen, and again at once when it does', async () => {
    let calls = 0;
    there.onReadable(() => calls++);
    there.onReadable(null);
    valueOf(here.send(MESSAGE, []));
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toBe(0);

    there.onReadable(() => calls++);
    await until(() => calls > 1);
  });

  it('takes what fits, then nothing, and is writable again when the peer has read', async () => {
    const much = new Uint8Array(1 << 20);
    while (valueOf(here.send(much, [])) > 0);
    let writable = false;
    here.onWritable(() => {
      writable = true;
      here.onWritable(null);
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(writable).toBe(false);

    while (there.receive(1 << 20).kind === 'data');
    await until(() => writable);
  });

  it('may be closed by its own listener', async () => {
    there.onReadable(() => there.close());
    valueOf(here.send(MESSAGE, []));

    await until(() => there.closed);
  });

  it('refuses to send to a peer that left', () => {
    there.close();

    expect(codeOf(here.send(MESSAGE, []))).toBe('EPIPE');
  });

  it('tells the peer’s process', () => {
    expect(here.peer()).toMatchObject({ pid: process.pid });
  });

  it('throws for arguments of the wrong type', () => {
    const memfd = valueOf(io.memfd('argument', 1n));

    expect(() => here.receive(0)).toThrow(RangeError);
    expect(() => here.receive(1.5)).toThrow(RangeError);
    expect(() => call(here, 'send', 'text', [])).toThrow(TypeError);
    expect(() => call(here, 'send', MESSAGE, [here])).toThrow('fds is not a Fd');
    expect(() => call(memfd, 'send', MESSAGE, [])).toThrow(TypeError);
    memfd.close();
  });

  it('consumes an fd that is no stream socket, with ENOTSOCK', () => {
    const fd = valueOf(io.eventfd());

    expect(codeOf(io.streamFromFd(fd))).toBe('ENOTSOCK');
    expect(fd.closed).toBe(true);
  });
});
