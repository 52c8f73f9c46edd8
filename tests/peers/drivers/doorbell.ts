/** The program under test, as an operator runs it: `doorbell serve` and calls of the same command. */
import { join } from 'node:path';
import type { CommandInput, CommandName, CommandOutput } from '../../../app/contract/commands.ts';
import type { QueueSnapshot, SessionSnapshot } from '../../../app/contract/snapshot.ts';
import { controlWire } from '../../../app/remote/control-wire.ts';
import { RemoteClient } from '../../../app/remote/remote-client.ts';
import type { Bench, Child } from './children.ts';
import { Ready, Status, type StatusQueue, type StatusSession } from './cli-contract.ts';
import { root } from './manifest.ts';
import { until } from './wait.ts';

const CLI = join(root, 'dist/cli.mjs');
/** Node inside an emulated machine on a busy host takes its time to start. */
const READY_MS = 60_000;

export interface CallResult {
  readonly code: number | null;
  readonly output: string;
}

export class Doorbell {
  readonly child: Child;
  readonly control: string;
  /** Socket of each endpoint, in the order asked for. */
  readonly sockets: readonly string[];
  readonly url: string | null;
  readonly #bench: Bench;
  #client: RemoteClient | undefined;

  private constructor(
    bench: Bench,
    child: Child,
    ready: { control: string; url: string | null; sockets: string[] },
  ) {
    this.#bench = bench;
    this.child = child;
    this.control = ready.control;
    this.url = ready.url;
    this.sockets = ready.sockets;
  }

  /**
   * `listen`: names of endpoints, each with further options (`vm0,desired=accelerated`). `prefix`: a command that
   * becomes the program (`unshare -n`).
   */
  static async serve(
    bench: Bench,
    listen: readonly string[] = ['vm0'],
    more: readonly string[] = [],
    prefix: readonly string[] = [],
  ): Promise<Doorbell> {
    const endpoints = listen.flatMap((endpoint) => {
      const name = endpoint.split(',')[0] ?? endpoint;
      return ['--listen', `${bench.path(`${name}.sock`)},name=${endpoint}`];
    });
    const [command, ...words] = [...prefix, process.execPath];
    const child = bench.start('doorbell', command, [
      ...words,
      CLI,
      'serve',
      ...endpoints,
      '--control',
      bench.path('private/control.sock'),
      '--json',
      ...more,
    ]);
    const [line] = await child.saw(/^\{"event":"ready".*$/m, READY_MS);
    const doorbell = new Doorbell(bench, child, Ready.parse(JSON.parse(line)));
    bench.atEnd(() => doorbell.#client?.dispose());
    bench.witness(async () => {
      const { sessions } = await doorbell.ask('status.get', {});
      return JSON.stringify(sessions.slice(0, 2), null, 1).slice(0, 10_000);
    });
    return doorbell;
  }

  /** The socket of the first endpoint. */
  get socket(): string {
    return this.sockets[0] ?? '';
  }

  get pid(): number {
    return this.child.pid;
  }

  /** Objects that `serve --json` printed so far, `ready` included. */
  events(): readonly unknown[] {
    return this.child.output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line): unknown => JSON.parse(line));
  }

  /** One call of the command, as a program would make it. */
  async call(...words: readonly string[]): Promise<CallResult> {
    const child = this.#bench.start('doorbell call', process.execPath, [
      CLI,
      ...words,
      '--control',
      this.control,
    ]);
    const { code } = await child.exit(60_000);
    return { code, output: child.output };
  }

  async status(): Promise<Status> {
    const { code, output } = await this.call('status', '--json');
    if (code !== 0) throw new Error(`status ended with ${String(code)}: ${output}`);
    return Status.parse(JSON.parse(output));
  }

  async session(name = 'vm0'): Promise<StatusSession> {
    const found = (await this.status()).sessions.find((session) => session.name === name);
    if (found === undefined) throw new Error(`no session ${name}`);
    return found;
  }

  async queue(index: number, name = 'vm0'): Promise<StatusQueue> {
    const found = (await this.session(name)).queues.find((queue) => queue.index === index);
    if (found === undefined) throw new Error(`${name} has no queue ${index}`);
    return found;
  }

  /** `doorbell queue set`, waiting for the outcome. */
  set(
    index: number | string,
    desired: 'software' | 'accelerated',
    name = 'vm0',
    wait = 10,
  ): Promise<CallResult> {
    return this.call('queue', 'set', name, String(index), desired, '--wait', String(wait));
  }

  /** As `set`, and it must have been reached. */
  async mustSet(index: number | string, desired: 'software' | 'accelerated', name = 'vm0'): Promise<void> {
    const { code, output } = await this.set(index, desired, name);
    if (code !== 0)
      throw new Error(
        `queue set ${name} ${index} ${desired} ended with ${String(code)}: ${output}\n${this.child.output.slice(-2000)}`,
      );
  }

  /** A standing connection, for loops in which starting a process each time would be the slowest part. */
  async ask<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandOutput<N>> {
    if (this.#client === undefined) {
      this.#client = new RemoteClient({ open: controlWire(this.control), reconnect: false });
      const why = await this.#client.start();
      if (why !== null) throw new Error(`control socket: ${why}`);
    }
    const answer = await this.#client.call(name, input);
    if (!answer.ok) throw new Error(`${name}: ${answer.error.code}: ${answer.error.message}`);
    return answer.value;
  }

  async snapshot(name = 'vm0'): Promise<SessionSnapshot> {
    const { sessions } = await this.ask('status.get', {});
    const found = sessions.find((session) => session.name === name);
    if (found === undefined) throw new Error(`no session ${name}`);
    return found;
  }

  async liveQueue(index: number, name = 'vm0'): Promise<QueueSnapshot> {
    const found = (await this.snapshot(name)).queues[index];
    if (found === undefined) throw new Error(`${name} has no queue ${index}`);
    return found;
  }

  /** Sets desired over the standing connection, without waiting. */
  async wish(index: number, desired: 'software' | 'accelerated', name = 'vm0'): Promise<void> {
    await this.ask('queue.set', { session: name, index, desired, accelerator: null });
  }

  /** Waits until a live record satisfies `is`. */
  async untilQueue(
    what: string,
    index: number,
    is: (queue: QueueSnapshot) => boolean,
    name = 'vm0',
    timeoutMs = 10_000,
  ): Promise<QueueSnapshot> {
    let last: QueueSnapshot | undefined;
    return until(
      () =>
        `${name} queue ${index}: ${what}; it is ${JSON.stringify(last)}\n${this.child.output.slice(-2000)}`,
      async () => {
        last = await this.liveQueue(index, name);
        return is(last) ? last : null;
      },
      timeoutMs,
    );
  }

  async untilState(
    state: SessionSnapshot['state'],
    name = 'vm0',
    timeoutMs = 10_000,
  ): Promise<SessionSnapshot> {
    let last = '';
    return until(
      () => `${name} becomes ${state}; it is ${last}`,
      async () => {
        const session = await this.snapshot(name);
        last = session.state;
        return session.state === state ? session : null;
      },
      timeoutMs,
    );
  }
}
