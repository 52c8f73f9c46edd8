/** Processes of a test: each in a group of its own, its output kept, everything ended by `Bench.end`. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { TestContext } from 'vitest';
import { until } from './wait.ts';

const live = new Set<Child>();
process.on('exit', () => {
  for (const child of live) child.kill('SIGKILL');
});

export class Child {
  readonly name: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  #output = '';
  #stdout = '';
  #ended: { readonly code: number | null; readonly signal: string | null } | undefined;

  constructor(name: string, command: string, args: readonly string[], env: Record<string, string> = {}) {
    this.name = name;
    this.#process = spawn(command, args, {
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    live.add(this);
    const hear = (text: string): void => {
      this.#output = (this.#output + text).slice(-2_000_000);
    };
    this.#process.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      hear(text);
    });
    this.#process.stderr.setEncoding('utf8').on('data', hear);
    this.#process.stdin.on('error', () => undefined);
    this.#process.on('error', (error) => {
      hear(error.message);
      this.#ended = { code: 127, signal: null };
    });
    this.#process.on('exit', (code, signal) => {
      this.#ended = { code, signal };
      this.kill('SIGKILL');
      live.delete(this);
    });
  }

  get pid(): number {
    const { pid } = this.#process;
    if (pid === undefined) throw new Error(`${this.name} did not start: ${this.#output}`);
    return pid;
  }

  /** stdout and stderr so far, interleaved as they came. */
  get output(): string {
    return this.#output;
  }

  /** Only stdout: where the two meet, a message on stderr may cut a word in two. */
  get stdout(): string {
    return this.#stdout;
  }

  get ended(): { readonly code: number | null; readonly signal: string | null } | undefined {
    return this.#ended;
  }

  write(text: string): void {
    this.#process.stdin.write(text);
  }

  /** To the whole group. */
  kill(signal: NodeJS.Signals): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // The group is empty.
    }
  }

  /** Waits for stdout to match, from `after` characters on. */
  async saw(pattern: RegExp, timeoutMs = 20_000, after = 0): Promise<RegExpExecArray> {
    return until(
      () => `${this.name}: ${String(pattern)} in its output:\n${this.#output.slice(-3000)}`,
      () => {
        const match = pattern.exec(this.#stdout.slice(after));
        if (match === null && this.#ended !== undefined)
          throw new Error(
            `${this.name} ended (${JSON.stringify(this.#ended)}) before ${String(pattern)}:\n${this.#output.slice(-3000)}`,
          );
        return match;
      },
      timeoutMs,
    );
  }

  /** Waits for the end by itself. */
  async exit(timeoutMs = 10_000): Promise<{ readonly code: number | null; readonly signal: string | null }> {
    return until(`${this.name} ends`, () => this.#ended, timeoutMs);
  }

  async end(): Promise<void> {
    this.kill('SIGKILL');
    await this.exit();
  }
}

/**
 * What one test started and where its sockets live. To be ended in `afterEach` by `endBench`, which shows the
 * children's last words if the test failed.
 */
export class Bench {
  readonly directory = mkdtempSync(join(tmpdir(), 'db-'));
  readonly #children: Child[] = [];
  readonly #atEnd: (() => void)[] = [];
  readonly #witnesses: (() => Promise<string>)[] = [];

  path(name: string): string {
    return join(this.directory, name);
  }

  start(name: string, command: string, args: readonly string[], env?: Record<string, string>): Child {
    const child = new Child(name, command, args, env);
    this.#children.push(child);
    return child;
  }

  /** Registers what is not a process, ended before the processes are. */
  atEnd(release: () => void): void {
    this.#atEnd.push(release);
  }

  /** Ends the newest child of this name. */
  async stop(name: string): Promise<void> {
    await this.#children.findLast((child) => child.name === name)?.end();
  }

  /** Registers who can tell the state of things, should the test fail. */
  witness(tell: () => Promise<string>): void {
    this.#witnesses.push(tell);
  }

  /** What the reader of a failure wants to know: the last words of each child, and what the witnesses say. */
  async report(): Promise<string> {
    const told = await Promise.all(
      this.#witnesses.map((tell) => tell().catch((error: unknown) => `no witness: ${String(error)}`)),
    );
    const words = this.#children
      .filter((child) => child.ended?.code !== 0)
      .map((child) => `── ${child.name} (${JSON.stringify(child.ended)})\n${child.output.slice(-1500)}`);
    return [...words, ...told].join('\n');
  }

  /** Ends everything in reverse order of its start. */
  async end(): Promise<void> {
    for (const release of this.#atEnd.reverse()) release();
    for (const child of this.#children.reverse()) await child.end();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** For `afterEach`: ends the bench, however the test went. */
export async function endBench(bench: Bench, { task }: TestContext): Promise<void> {
  if (task.result?.state === 'fail') console.log(`${task.name}\n${await bench.report()}`);
  await bench.end();
}
