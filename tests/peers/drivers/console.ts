/** Commands on the console of a test guest: `tools/peers/guest-init.sh` carries out one per line. */
import type { Child } from './children.ts';

export class Console {
  readonly #child: Child;
  #commands = 0;

  constructor(child: Child) {
    this.#child = child;
  }

  /** Waits for the boot number `nth` (from 1) to finish. */
  async ready(nth = 1, timeoutMs = 90_000): Promise<void> {
    await this.#child.saw(new RegExp(`(guest: ready[^]*){${nth}}`), timeoutMs);
  }

  /** The number of boots so far. */
  boots(): number {
    return this.#child.stdout.split('guest: ready').length - 1;
  }

  /** Sends a command whose end is not waited for (reboot, unbind of the console's own kind). */
  post(command: string): void {
    this.#child.write(`${command}\n`);
  }

  /** Runs a command to its end. One that stays behind is written `(command &)`. */
  async run(
    command: string,
    timeoutMs = 60_000,
  ): Promise<{ readonly code: number; readonly output: string }> {
    const mark = `@@${++this.#commands}@`;
    const after = this.#child.stdout.length;
    // Split in the command, so that an echoing console cannot be mistaken for the answer.
    this.#child.write(`{ ${command}; } 2>&1; echo "@""${mark.slice(1)} $?"\n`);
    // With its newline, which may come later and would else begin the output of the next command.
    const end = await this.#child.saw(new RegExp(`${mark} (\\d+)\\r?\\n`), timeoutMs, after);
    return { code: Number(end[1]), output: end.input.slice(0, end.index) };
  }

  /** Runs a command that must succeed; → its output. */
  async must(command: string, timeoutMs?: number): Promise<string> {
    const { code, output } = await this.run(command, timeoutMs);
    if (code !== 0) throw new Error(`${this.#child.name}: \`${command}\` ended with ${code}:\n${output}`);
    return output;
  }
}
