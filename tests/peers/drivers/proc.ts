/** What the kernel says about a process: the judge of leaks and idle cost. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

export interface Footprint {
  readonly fds: number;
  /** File-backed shared mappings: guest memory and notify pages. */
  readonly sharedMappings: number;
  readonly threads: number;
}

export function footprint(pid: number): Footprint {
  return {
    fds: readdirSync(`/proc/${pid}/fd`).length,
    sharedMappings: readFileSync(`/proc/${pid}/maps`, 'utf8')
      .split('\n')
      .filter((line) => / ..[x-]s /.test(line)).length,
    threads: readdirSync(`/proc/${pid}/task`).length,
  };
}

/** What the process has mapped, one line a mapping, with the names of the files. */
export const mapsOf = (pid: number): string => readFileSync(`/proc/${pid}/maps`, 'utf8');

/** For a failing assertion: what the fds are. */
export function fdTargets(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}

/** User and system time in seconds, all threads. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Anonymous resident memory in bytes. */
export function rssAnon(pid: number): number {
  return 1024 * Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** State letter of /proc/PID/stat: T = stopped. */
export function processState(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.slice(0, 1) ?? '?';
}
