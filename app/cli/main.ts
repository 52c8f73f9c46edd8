/** Entry of `dist/cli.mjs`. */
import { EXIT } from './exit-codes.ts';
import { runProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

if (process.platform !== 'linux') {
  processTerminal.error(`doorbell: vhost-user needs Linux (eventfd, memfd); this is ${process.platform}.`);
  process.exit(EXIT.failed);
}

process.exitCode = await runProgram(process.argv.slice(2), processTerminal, {
  // An engine that has ended leaves at once: a thread or an unread pipe must not keep its process alive.
  serve: async (given) => process.exit(await (await import('./serve.ts')).runServe(given)),
});
