/** Entry of `dist/cli.mjs`. */
import { EXIT } from './exit-codes.ts';
import { runProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

if (process.platform !== 'linux') {
  processTerminal.error(`doorbell: vhost-user needs Linux (eventfd, memfd); this is ${process.platform}.`);
  process.exit(EXIT.failed);
}

const engine: { ran: boolean } = { ran: false };
const code = await runProgram(process.argv.slice(2), processTerminal, {
  serve: async (given) => {
    engine.ran = true;
    return (await import('./serve.ts')).runServe(given);
  },
  lab: async (given, terminal) => {
    engine.ran = true;
    return (await import('./lab.ts')).runLabCommand(given, terminal);
  },
  vmm: async (given, terminal) => {
    engine.ran = true;
    return (await import('./vmm.ts')).runVmm(given, terminal);
  },
  check: async (given, terminal) => {
    engine.ran = true;
    return (await import('./check.ts')).runCheck(given, terminal);
  },
});
process.exitCode = code;
// An engine that has ended, or could not start, leaves at once: neither a thread of it nor an unread pipe may
// keep its process alive. Every other command ends by itself once its output was taken.
if (engine.ran) process.stderr.write('', () => process.exit(code));
