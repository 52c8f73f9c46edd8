/** QEMU's machine protocol, as much of it as the tests use. */
import { z } from 'zod';
import type { Child } from './children.ts';
import { LineClient } from './line-client.ts';

const Message = z.object({
  return: z.unknown().optional(),
  error: z.object({ desc: z.string() }).optional(),
  event: z.string().optional(),
  data: z.unknown().optional(),
});

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class Qmp {
  readonly #client: LineClient;
  readonly #waiting: Waiting[] = [];
  /** Names of the events so far. */
  readonly events: string[] = [];

  private constructor(client: LineClient) {
    this.#client = client;
    client.onLine = (line) => {
      const message = Message.parse(JSON.parse(line));
      if (message.event !== undefined) this.events.push(message.event);
      else if (message.error !== undefined) this.#waiting.shift()?.reject(new Error(message.error.desc));
      else if ('return' in message) this.#waiting.shift()?.resolve(message.return);
    };
    client.onEnd = (error) => {
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    };
  }

  static async connect(path: string, qemu: Child): Promise<Qmp> {
    const qmp = new Qmp(await LineClient.connect(path, qemu));
    await qmp.call('qmp_capabilities');
    return qmp;
  }

  call(execute: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#client.send(JSON.stringify({ execute, arguments: args }));
      this.#waiting.push({ resolve, reject });
    });
  }

  close(): void {
    this.#client.close();
  }
}
