/** `--workers`, `--worker-cpus`, `--busy-poll` and `--uplink` of `doorbell serve`. */
import type { UplinkOptions, WorkerOptions } from '../compose/options.ts';
import { parseCount } from './count.ts';
import { CliError, EXIT } from './exit-codes.ts';

const MAX_WORKERS = 64;
/** What the kernel can name in an affinity mask of the usual size. */
const MAX_CPU = 1023;
/** A worker that polls for longer costs a core and gains nothing. */
const MAX_BUSY_POLL_US = 10_000;

export interface WorkerArguments {
  readonly workers: string;
  readonly workerCpus?: string | undefined;
  readonly busyPoll: string;
}

/** `0,2-3` */
function parseCpus(text: string): readonly number[] {
  return text.split(',').flatMap((part) => {
    const range = /^(\d+)(?:-(\d+))?$/.exec(part);
    const first = Number(range?.[1]);
    const last = Number(range?.[2] ?? range?.[1]);
    if (!(first <= last && last <= MAX_CPU))
      throw new CliError(EXIT.wrongCall, `--worker-cpus ${text}: CPU numbers such as 1 or 0,2-3 are wanted.`);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

export function parseWorkers(given: WorkerArguments): WorkerOptions {
  return {
    count: given.workers === 'auto' ? null : parseCount('--workers', given.workers, 1, MAX_WORKERS),
    cpus: given.workerCpus === undefined ? [] : parseCpus(given.workerCpus),
    busyPollUs: parseCount('--busy-poll', given.busyPoll, 0, MAX_BUSY_POLL_US),
  };
}

export function parseUplink(spec: string): UplinkOptions {
  // The kernel's own limit of 15 bytes, and no character that it refuses in a name or formats.
  const name = /^tap:([\w.-]{1,15})$/.exec(spec)?.[1];
  if (name === undefined)
    throw new CliError(EXIT.wrongCall, `--uplink ${spec}: tap:NAME is wanted, NAME of 1 to 15 characters.`);
  return { kind: 'tap', name };
}
