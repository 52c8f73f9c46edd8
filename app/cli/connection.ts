/** How client commands reach a running engine. */
import type { ServiceClient } from '../contract/service.ts';
import { defaultControlPath, userPlace } from '../doors/private-socket.ts';
import { controlWire } from '../remote/control-wire.ts';
import { RemoteClient } from '../remote/remote-client.ts';
import { framesTarget, webWire } from '../remote/web-wire.ts';
import type { OpenWire } from '../remote/wire.ts';
import { CliError, EXIT } from './exit-codes.ts';

export interface ConnectionOptions {
  readonly control?: string | undefined;
  readonly url?: string | undefined;
}

async function way({ control, url }: ConnectionOptions): Promise<{ open: OpenWire; place: string }> {
  if (url !== undefined) {
    if (framesTarget(url) === null)
      throw new CliError(
        EXIT.wrongCall,
        `--url wants the whole URL that serve printed: http://HOST:PORT/#token=…`,
      );
    return { open: webWire(url), place: new URL(url).origin };
  }
  const path = control ?? (await defaultControlPath(userPlace()));
  return { open: controlWire(path), place: path };
}

export interface Connection {
  readonly client: ServiceClient;
  /** Called once if the engine goes while it is used. */
  readonly onLost: (listener: () => void) => void;
}

/** Runs `use` with a connection to the engine and closes it afterwards. */
export async function withEngine<T>(
  options: ConnectionOptions,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const { open, place } = await way(options);
  let whenLost = (): void => undefined;
  const client = new RemoteClient({
    open,
    reconnect: false,
    onLink: (lost) => {
      if (lost !== null) whenLost();
    },
  });
  try {
    const why = await client.start();
    if (why !== null)
      throw new CliError(
        EXIT.failed,
        `No engine answers at ${place} (${why}). Start one with "doorbell serve --listen PATH", or name its socket with --control.`,
      );
    return await use({ client, onLost: (listener) => (whenLost = listener) });
  } finally {
    client.dispose();
  }
}
