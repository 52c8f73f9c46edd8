// Child processes in groups of their own, so that whatever they start in turn ends with them: when their
// command ends, when this process ends and when the operator presses Ctrl-C.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';

const groups = new Set();

/** Every descendant inherits it, whatever group or session it moves to. */
const MARK = `DOORBELL_RUN=${randomUUID()}`;
process.env.DOORBELL_RUN = MARK.split('=')[1];

function kill(group, signal) {
  try {
    process.kill(-group, signal);
  } catch {
    // The group is empty already.
  }
}

/** Ends every group that is still there. Safe to call twice. */
export function endGroups() {
  for (const group of groups) kill(group, 'SIGKILL');
  groups.clear();
}

/**
 * Ends descendants that left their group (the peers of tests have groups of their own).
 * @returns {string[]} their command lines
 */
export function endStrays() {
  const strays = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (Number(pid) === process.pid) continue;
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(MARK)) continue;
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      process.kill(Number(pid), 'SIGKILL');
      strays.push(words.join(' ').trim());
    } catch {
      // It ended by itself, or is not ours to read.
    }
  }
  return strays;
}

/** Installs the end of all groups for every way this process can end, once. */
export function endGroupsWithProcess() {
  process.on('exit', () => {
    endGroups();
    endStrays();
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => process.exit(signal === 'SIGINT' ? 130 : 143));
  }
}

/**
 * Runs a command to its end. `onOutput` hears stdout and stderr as text; without it output is only collected.
 * `signal` ends it early.
 * Never rejects: a command that cannot be started ends with code 127 and the cause as its output.
 * @returns {Promise<{code: number, output: string, timedOut: boolean, seconds: number}>}
 */
export function run(command, args, { cwd, env, onOutput, timeoutSeconds, input, signal } = {}) {
  const began = Date.now();
  return new Promise((resolve) => {
    let output = '';
    let timedOut = false;
    const child = spawn(command, args, {
      cwd,
      env: env === undefined ? process.env : { ...process.env, ...env },
      detached: true,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    const { pid } = child;
    if (pid !== undefined) groups.add(pid);
    const timer =
      timeoutSeconds === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            kill(pid, 'SIGKILL');
          }, timeoutSeconds * 1000);
    signal?.addEventListener('abort', () => kill(pid, 'SIGKILL'), { once: true });
    const hear = (text) => {
      output = (output + text).slice(-4_000_000);
      onOutput?.(text);
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', hear);
    }
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
    const end = (code) => {
      clearTimeout(timer);
      // What the command left behind ends with it.
      if (pid !== undefined && groups.delete(pid)) kill(pid, 'SIGKILL');
      resolve({ code, output, timedOut, seconds: (Date.now() - began) / 1000 });
    };
    child.on('error', (error) => {
      output += `${error.message}\n`;
      end(127);
    });
    // `exit`, not `close`: a grandchild that kept our pipe must not keep us.
    child.on('exit', (code, signal) => setTimeout(() => end(code ?? (signal === null ? 1 : 128)), 50));
  });
}
