/** QEMU's qtest protocol: a test in the place of the CPU. Commands are answered in order. */
import type { Child } from './children.ts';
import { LineClient } from './line-client.ts';

interface Waiting {
  readonly command: string;
  readonly resolve: (answer: string) => void;
  readonly reject: (error: Error) => void;
}

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

export class Qtest {
  readonly #client: LineClient;
  readonly #waiting: Waiting[] = [];

  private constructor(client: LineClient) {
    this.#client = client;
    client.onLine = (line) => {
      if (line.startsWith('IRQ')) return;
      const next = this.#waiting.shift();
      if (line.startsWith('OK')) next?.resolve(line.slice(3));
      else next?.reject(new Error(`qtest: ${next.command} → ${line}`));
    };
    client.onEnd = (error) => {
      for (const { command, reject } of this.#waiting.splice(0))
        reject(new Error(`qtest: QEMU is gone during ${command}: ${error.message}`));
    };
  }

  static async connect(path: string, qemu: Child): Promise<Qtest> {
    return new Qtest(await LineClient.connect(path, qemu));
  }

  #call(command: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#client.send(command);
      this.#waiting.push({ command, resolve, reject });
    });
  }

  close(): void {
    this.#client.close();
  }

  async outl(port: number, value: number): Promise<void> {
    await this.#call(`outl ${hex(port)} ${hex(value >>> 0)}`);
  }
  async inl(port: number): Promise<number> {
    return Number(await this.#call(`inl ${hex(port)}`));
  }
  /** One store of exactly `bytes` bytes, as a CPU would make it. */
  async store(bytes: 1 | 2 | 4 | 8, address: number, value: number | bigint): Promise<void> {
    const letter = { 1: 'b', 2: 'w', 4: 'l', 8: 'q' }[bytes];
    await this.#call(`write${letter} ${hex(address)} ${hex(value)}`);
  }
  async load(bytes: 1 | 2 | 4, address: number): Promise<number> {
    const letter = { 1: 'b', 2: 'w', 4: 'l' }[bytes];
    return Number(await this.#call(`read${letter} ${hex(address)}`));
  }
  async write(address: number, bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    await this.#call(`write ${hex(address)} ${hex(bytes.length)} 0x${Buffer.from(bytes).toString('hex')}`);
  }
  async read(address: number, size: number): Promise<Buffer> {
    return Buffer.from((await this.#call(`read ${hex(address)} ${hex(size)}`)).slice(2), 'hex');
  }
}
