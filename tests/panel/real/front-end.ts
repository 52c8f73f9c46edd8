/** The reference front-end as a process of its own, which tells its parent how much it has been sent when asked. */
import { loadAddon } from '../../../main/addon/load.ts';
import type { Addon, Stream } from '../../../main/addon/surface.ts';
import { Vmm } from '../../../main/vmm/vmm.ts';

export interface FrontEndOptions {
  readonly root: string;
  readonly socket: string;
}

/** How much came on both channels since the start: what the back-end sends, answers and requests alike. */
export interface Received {
  readonly bytes: number;
}

let bytes = 0;

/** The same object, but for one method of it. */
function replaced<T extends object, K extends keyof T>(real: T, name: K, method: T[K]): T {
  return new Proxy(real, {
    get(target, property) {
      if (property === name) return method;
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

const counted = (stream: Stream): Stream =>
  replaced(stream, 'receive', (max) => {
    const outcome = stream.receive(max);
    if (outcome.kind === 'data') bytes += outcome.data.bytes.byteLength;
    return outcome;
  });

function counting(addon: Addon): Addon {
  const { io } = addon;
  const withConnect = replaced(io, 'connect', (path) => {
    const stream = io.connect(path);
    return stream.ok ? { ok: true, value: counted(stream.value) } : stream;
  });
  const withBoth = replaced(withConnect, 'streamPair', () => {
    const pair = io.streamPair();
    return pair.ok ? { ok: true, value: { ...pair.value, stream: counted(pair.value.stream) } } : pair;
  });
  return { ...addon, io: withBoth };
}

async function live({ root, socket }: FrontEndOptions): Promise<void> {
  const vmm = new Vmm(counting(loadAddon(root)), { name: 'vm', queuePairs: 2 });
  const connected = await vmm.connect(socket);
  const started = connected.ok ? await vmm.start() : connected;
  if (!started.ok) throw new Error(started.error.message);
  vmm.guest?.run({ kind: 'ping', rate: 100 });
  process.on('message', () => process.send?.({ bytes } satisfies Received));
}

process.once('message', (options: FrontEndOptions) => void live(options));
