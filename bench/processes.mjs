// The processes of one leg: each in a group of its own, its output kept, all ended with the leg.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const live = new Set();
process.on('exit', () => {
  for (const child of live) child.kill();
});

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Child {
  #process;
  stdout = '';
  output = '';
  ended = false;

  constructor(command, args) {
    this.#process = spawn(command, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    live.add(this);
    this.#process.stdout.setEncoding('utf8').on('data', (text) => {
      this.stdout += text;
      this.output += text;
    });
    this.#process.stderr.setEncoding('utf8').on('data', (text) => (this.output += text));
    this.#process.stdin.on('error', () => undefined);
    this.#process.on('error', (error) => {
      this.output += error.message;
      this.ended = true;
    });
    this.#process.on('exit', () => {
      this.ended = true;
      live.delete(this);
    });
  }

  get pid() {
    return this.#process.pid;
  }

  write(text) {
    this.#process.stdin.write(text);
  }

  kill() {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      // The group is empty.
    }
  }

  /** Waits for stdout to match, from `after` characters on; throws with the child's last words. */
  async saw(pattern, { timeoutMs = 60_000, after = 0 } = {}) {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const match = pattern.exec(this.stdout.slice(after));
      if (match !== null) return match;
      if (this.ended || Date.now() > end)
        throw new Error(
          `${this.ended ? 'ended before' : 'never said'} ${pattern}: ${this.output.slice(-1500)}`,
        );
      await sleep(10);
    }
  }
}

/** What one leg started; a folder for its sockets. */
export class Leg {
  folder = mkdtempSync(join(tmpdir(), 'doorbell-bench-'));
  #children = [];
  #watched = [];

  path(name) {
    return join(this.folder, name);
  }

  /** `watched`: whether a window counts as disturbed when this one has to wait. */
  start(command, args, { watched = true } = {}) {
    const child = new Child(command, args);
    this.#children.push(child);
    if (watched) this.#watched.push(child);
    return child;
  }

  /** Of those that are watched. */
  pids() {
    return this.#watched.map((child) => child.pid);
  }

  async end() {
    for (const child of this.#children.reverse()) {
      child.kill();
      while (!child.ended) await sleep(5);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Null of a thread that has just ended. */
function runDelay(pid, tid) {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ')[1]);
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return null;
    throw error;
  }
}

/** thread → nanoseconds it was runnable and waited for a CPU. */
function runDelays(pids) {
  const delays = new Map();
  for (const pid of pids) {
    for (const tid of readdirSync(`/proc/${pid}/task`)) {
      const delay = runDelay(pid, tid);
      if (delay !== null) delays.set(tid, delay);
    }
  }
  return delays;
}

/** Ticks that a hypervisor took away, and all ticks, over all CPUs. */
function cpuTicks() {
  const ticks = readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/).slice(1, 9).map(Number);
  return { steal: ticks[7], all: ticks.reduce((a, b) => a + b, 0) };
}

/** Begins a window; the returned function ends it and tells what others took from it, as shares of its time. */
export function watchDisturbance(pids) {
  const delays = runDelays(pids);
  const ticks = cpuTicks();
  const began = process.hrtime.bigint();
  return () => {
    const wallNs = Number(process.hrtime.bigint() - began);
    const now = cpuTicks();
    const waits = [...runDelays(pids)].map(([tid, ns]) => (ns - (delays.get(tid) ?? 0)) / wallNs);
    return {
      runQueue: Math.max(0, ...waits),
      steal: now.all === ticks.all ? 0 : (now.steal - ticks.steal) / (now.all - ticks.all),
    };
  };
}
