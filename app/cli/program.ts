/** The command line as people type it; what each command does is in its own file. */
import { Command, CommanderError } from 'commander';
import { VERSION } from '../compose/version.ts';
import { CliError, EXIT, type ExitCode } from './exit-codes.ts';
import type { CheckArguments } from './check.ts';
import { clientCommand } from './client-command.ts';
import { addQueueCommands } from './queue-commands.ts';
import { runStatus, type StatusOptions } from './status.ts';
import type { LabArguments } from './lab.ts';
import type { ServeArguments } from './serve.ts';
import type { Terminal } from './terminal.ts';
import { runVfioBinding, runVfioList, runVfioShow } from './vfio.ts';
import type { VmmArguments } from './vmm.ts';

/** Commands that need the native engine; loaded only when called, so that the others start at once. */
export interface EngineCommands {
  readonly serve: (given: ServeArguments) => Promise<ExitCode>;
  readonly lab: (given: LabArguments, terminal: Terminal) => Promise<ExitCode>;
  readonly check: (given: CheckArguments, terminal: Terminal) => Promise<ExitCode>;
  readonly vmm: (given: VmmArguments, terminal: Terminal) => Promise<ExitCode>;
}

function buildProgram(
  terminal: Terminal,
  commands: EngineCommands,
  finish: (code: ExitCode) => void,
): Command {
  const program = new Command('doorbell')
    .description('Control vhost-user queues: software or accelerated, live, per queue.')
    .version(VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.error(text.trimEnd()),
    })
    .showHelpAfterError('Add --help to see what is possible.');

  program
    .command('serve')
    .description('Run the engine without a window until SIGTERM.')
    .option(
      '--listen <spec...>',
      'vhost-user socket to listen on: PATH[,name=NAME][,dialect=upstream|rfc2018][,desired=software|accelerated][,mode=0660][,group=GROUP][,mtu=BYTES][,mac=ADDRESS][,config=on]',
    )
    .option(
      '--connect <spec...>',
      'vhost-user socket of a VMM in server mode: PATH[,name=NAME][,dialect=…][,desired=…]',
    )
    .option('--queue-pairs <n>', 'queue pairs of every endpoint, 1 to 16', '1')
    .option('--dialect <dialect>', 'dialect of endpoints that name none', 'upstream')
    .option(
      '--accelerator <spec...>',
      'emulated or vfio:ADDRESS, each with [,id=ID] (default: one, emulated0)',
    )
    .option(
      '--uplink <spec>',
      'connect the switch to a network of this machine: tap:NAME (needs CAP_NET_ADMIN)',
    )
    .option('--workers <n>', 'threads of the software path, 1 to 64, or auto', 'auto')
    .option('--worker-cpus <list>', 'CPUs that the workers are bound to, such as 2,3 or 4-7')
    .option('--busy-poll <us>', 'how long a worker may poll a quiet queue before it sleeps, 0 to 10000', '50')
    .option('--http <port>', 'serve the panel on 127.0.0.1:PORT (0: any free one), or off', 'off')
    .option('--control <path>', 'control socket (default: $XDG_RUNTIME_DIR/doorbell/control.sock)')
    .option('--lab', 'with a simulated guest under steady traffic on an endpoint named lab')
    .option('--json', 'print one JSON object per line: ready first, then every event')
    .action(async (given: ServeArguments) => finish(await commands.serve(given)));

  program
    .command('lab')
    .description('Measure software against accelerated with a simulated guest; needs nothing and no engine.')
    .option('--seconds <n>', 'of measurement', '10')
    .option('--dialect <dialect>', 'dialect of the simulated front-end', 'upstream')
    .option('--packed', 'the simulated driver negotiates packed rings')
    .option('--json', 'print the summary as one JSON object')
    .action(async (given: LabArguments) => finish(await commands.lab(given, terminal)));

  program
    .command('vmm')
    .description(
      'Run a simulated VM on a vhost-user socket until SIGTERM, for labs and for back-ends of any making.',
    )
    .option('--connect <path>', 'socket that the back-end listens on; tried again for ever')
    .option('--listen <path>', 'socket to listen on, for a back-end that connects')
    .option('--profile <vmm>', 'qemu, uml or dpdk: whose messages, in whose order', 'qemu')
    .option('--dialect <dialect>', 'upstream or rfc2018', 'upstream')
    .option('--queues <n>', 'queue pairs, 1 to 16', '1')
    .option('--iommu', 'the guest is behind an IOMMU, whose translations come and go while traffic runs')
    .option('--traffic <kind>', 'ping (50 echo requests a second and pair), stream or none', 'ping')
    .option('--json', 'print one JSON object per line')
    .addHelpText(
      'after',
      '\nExit codes: 0 ended by SIGTERM or SIGINT, 1 the back-end cannot be used, 2 wrong call.',
    )
    .action(async (given: VmmArguments) => finish(await commands.vmm(given, terminal)));

  program
    .command('check')
    .description('Hold any vhost-user back-end against the specification, as a front-end sees it.')
    .argument('<socket>', 'unix socket that the back-end listens on; no other front-end may be connected')
    .option('--device <kind>', 'auto, net or blk: what its rings are for', 'auto')
    .option('--no-destructive', 'leave out checks that may end the back-end or change what it serves')
    .option('--only <id...>', 'only these checks')
    .option('--json', 'print the documented JSON')
    .option('--junit <file>', 'also write the outcome as JUnit XML')
    .addHelpText(
      'after',
      '\nExit codes: 0 all that the specification demands is so, 1 it is not, 2 wrong call or nothing answers at the socket.',
    )
    .action(async (socket: string, given: Omit<CheckArguments, 'socket'>) =>
      finish(await commands.check({ ...given, socket }, terminal)),
    );

  clientCommand(program.command('status'))
    .description('Show every endpoint and queue, counters read live.')
    .option('--json', 'print the documented JSON')
    .action(async (given: StatusOptions) => finish(await runStatus(given, terminal)));

  const vfio = program
    .command('vfio')
    .description('PCI functions that could be accelerators, and the driver of each.');
  vfio
    .command('list')
    .description('List the virtio-net functions of this machine, and why one is not usable.')
    .option('--json', 'print the documented JSON')
    .action(async (given: { json?: boolean }) => finish(await runVfioList(given, terminal)));
  vfio
    .command('show')
    .description('Show one function, its group and who holds it.')
    .argument('<address>', 'as 0000:00:10.0')
    .option('--json', 'print the documented JSON')
    .action(async (address: string, given: { json?: boolean }) =>
      finish(await runVfioShow(address, given, terminal)),
    );
  for (const to of ['bind', 'unbind'] as const)
    vfio
      .command(to)
      .description(
        to === 'bind' ? 'Bind a function to vfio-pci.' : 'Give a function back to the driver of the kernel.',
      )
      .argument('<address>', 'as 0000:00:10.0')
      .option('--yes', 'do what is shown without asking')
      .action(async (address: string, given: { yes?: boolean }) =>
        finish(await runVfioBinding(to, address, given, terminal)),
      );

  addQueueCommands(program, terminal, finish);
  return program;
}

/** Runs one call; → its exit code. Messages went to the terminal. */
export async function runProgram(
  args: readonly string[],
  terminal: Terminal,
  commands: EngineCommands,
): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const program = buildProgram(terminal, commands, (finished) => (code = finished));
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    // Commander has printed help, version or what is wrong with the call.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.wrongCall;
    if (!(error instanceof CliError)) throw error;
    terminal.error(`doorbell: ${error.message}`);
    return error.exitCode;
  }
}
