/**
 * The engine behind the window: one of our own, or one that already runs for this user (`doorbell serve`),
 * reached through the same Service interface. What is not ours is never ended by closing the window.
 */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEngine } from '../compose/engine.ts';
import { labEndpoint, startLabGuest } from '../compose/lab-guest.ts';
import { endpointOptions } from '../compose/options.ts';
import type { Service } from '../contract/service.ts';
import { openControlDoor } from '../doors/control.ts';
import { defaultControlPath, userPlace } from '../doors/private-socket.ts';
import { controlWire } from '../remote/control-wire.ts';
import { RemoteClient } from '../remote/remote-client.ts';
import { err, ok, type Result } from '../../main/base/result.ts';

export interface DesktopEngine {
  readonly service: Service;
  /** Attached to an engine that someone else started. */
  readonly attached: boolean;
  /** Resolves when the engine ended by itself, such as on a command from a door. */
  readonly ended: Promise<void>;
  /** Withdraws every mapping and ends; only lets go of an engine that is not ours. */
  end(): Promise<void>;
}

interface Arguments {
  /** Paths to listen on instead of the default one. */
  readonly listen: readonly string[];
  readonly queuePairs: number;
  /** With the simulated guest under steady traffic. */
  readonly lab: boolean;
}

const MAX_QUEUE_PAIRS = 16;

/** Chromium's own switches come along in argv and are none of our business. */
function parseArguments(argv: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: argv.slice(1),
    strict: false,
    options: {
      listen: { type: 'string', multiple: true },
      'queue-pairs': { type: 'string' },
      lab: { type: 'boolean' },
    },
  });
  const pairs = Number(values['queue-pairs'] ?? 1);
  return {
    listen: (values.listen ?? []).filter((path) => typeof path === 'string'),
    queuePairs: Number.isInteger(pairs) && pairs >= 1 && pairs <= MAX_QUEUE_PAIRS ? pairs : 1,
    lab: values.lab === true,
  };
}

async function attach(control: string): Promise<DesktopEngine | null> {
  const probe = new RemoteClient({ open: controlWire(control), reconnect: false });
  const why = await probe.start();
  probe.dispose();
  if (why !== null) return null;
  return {
    attached: true,
    service: {
      connect() {
        const client = new RemoteClient({ open: controlWire(control), reconnect: true });
        void client.start();
        return client;
      },
    },
    ended: new Promise(() => undefined),
    end: () => Promise.resolve(),
  };
}

export async function startDesktopEngine(argv: readonly string[]): Promise<Result<DesktopEngine, string>> {
  const place = userPlace();
  const control = await defaultControlPath(place);
  const running = await attach(control);
  if (running !== null) return ok(running);
  const given = parseArguments(argv);
  const paths = given.listen.length > 0 ? given.listen : [join(dirname(control), 'vm0.sock')];
  await mkdir(dirname(control), { recursive: true, mode: 0o700 });
  const engine = await startEngine({
    endpoints: [
      ...paths.map((path, position) =>
        endpointOptions({ name: `vm${position}`, path, queuePairs: given.queuePairs }),
      ),
      ...(given.lab ? [labEndpoint(control, 'upstream')] : []),
    ],
    accelerators: [{ kind: 'emulated', id: 'emulated0' }],
  });
  if (!engine.ok) return err(engine.error.message);
  const door = await openControlDoor({ service: engine.value.service, path: control, uid: place.uid });
  if (!door.ok) {
    await engine.value.end();
    return err(door.error.message);
  }
  const guest = given.lab ? await startLabGuest(labEndpoint(control, 'upstream')) : null;
  if (guest !== null && !guest.ok) console.error(guest.error.message);
  return ok({
    attached: false,
    service: engine.value.service,
    ended: engine.value.ended,
    async end() {
      await engine.value.end();
      if (guest?.ok === true) guest.value.close();
      await door.value.close();
    },
  });
}
