/** What the process's exit code says; documented in docs/cli.md, relied on by other programs. */
export const EXIT = {
  ok: 0,
  /** The engine cannot be reached or failed: nothing about the queues is said. */
  failed: 1,
  /** The call itself is wrong: unknown option, queue, session or accelerator. */
  wrongCall: 2,
  /** A queue runs other than desired. */
  fellBack: 3,
  /** A queue is not yet as desired. */
  timedOut: 4,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with a message on stderr that names what to do. */
export class CliError extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
