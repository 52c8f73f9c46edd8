/** `doorbell vfio`: PCI functions that could be accelerators, and the driver that each is bound to. */
import { createInterface } from 'node:readline/promises';
import {
  carryOut,
  parsePciAddress,
  planBinding,
  viewAll,
  viewFunction,
  type BindingPlan,
  type OutsideView,
} from '../compose/vfio.ts';
import { CliError, EXIT, type ExitCode } from './exit-codes.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

interface JsonOption {
  readonly json?: boolean | undefined;
}

function addressOf(text: string): string {
  const address = parsePciAddress(text);
  if (!address.ok) throw new CliError(EXIT.wrongCall, `${address.error}.`);
  return address.value;
}

const why = ({ problem }: OutsideView): string =>
  problem === null ? 'usable' : `${problem.message}. ${problem.remedy}.`;

export async function runVfioList(options: JsonOption, terminal: Terminal): Promise<ExitCode> {
  const views = await viewAll();
  if (options.json === true) terminal.out(JSON.stringify(views));
  else if (views.length === 0) terminal.out('No virtio-net function is on a PCI bus of this machine.');
  else
    for (const line of table([
      ['address', 'driver', 'group', 'state'],
      ...views.map((view) => [view.address, view.driver ?? '—', String(view.group ?? '—'), why(view)]),
    ]))
      terminal.out(line);
  return EXIT.ok;
}

/** Ends with 3 where the function is not usable. */
export async function runVfioShow(
  address: string,
  options: JsonOption,
  terminal: Terminal,
): Promise<ExitCode> {
  const view = await viewFunction(addressOf(address));
  if (options.json === true) {
    terminal.out(JSON.stringify(view));
    return view.usable ? EXIT.ok : EXIT.fellBack;
  }
  const held = view.heldBy.map(({ pid, name }) => `pid ${pid} (${name ?? '—'})`).join(', ');
  const members = view.devices
    .map((one) => `${one.address} ${one.driver ?? '—'}${one.blocks ? ' blocks the group' : ''}`)
    .join(', ');
  for (const line of table([
    ['address', view.address],
    ['driver', view.driver ?? '—'],
    ['group', String(view.group ?? '—')],
    ['devices of it', members === '' ? '—' : members],
    ['viable', view.viable === null ? '—' : view.viable ? 'yes' : 'no'],
    ['held by', held === '' ? 'nobody' : held],
    ['NUMA node', String(view.numaNode ?? '—')],
    ['state', why(view)],
  ]))
    terminal.out(line);
  return view.usable ? EXIT.ok : EXIT.fellBack;
}

/** As a shell would do it, for people to read before they agree. */
const shown = (plan: BindingPlan): readonly string[] =>
  plan.steps.map(({ file, text }) => `  echo ${text.trim() === '' ? '' : `${text} `}> ${file}`);

async function agreed(): Promise<boolean> {
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asking.question('Do this? [y/N] ');
  asking.close();
  return /^y(es)?$/i.test(answer.trim());
}

export async function runVfioBinding(
  to: 'bind' | 'unbind',
  text: string,
  options: { readonly yes?: boolean | undefined },
  terminal: Terminal,
): Promise<ExitCode> {
  const address = addressOf(text);
  const plan = await planBinding(address, to);
  if (!plan.ok) throw new CliError(EXIT.failed, `${plan.error}.`);
  if (plan.value.steps.length === 0) {
    terminal.out(`${address} is bound as wanted already.`);
    return EXIT.ok;
  }
  for (const line of shown(plan.value)) terminal.out(line);
  if (options.yes !== true && !(process.stdin.isTTY && (await agreed())))
    throw new CliError(EXIT.failed, 'Nothing was changed. Agree with y, or add --yes.');
  const done = await carryOut(plan.value);
  if (!done.ok)
    throw new CliError(EXIT.failed, `${done.error}. It takes root and, for bind, the vfio-pci module.`);
  terminal.out(`${address} is bound to ${done.value ?? 'no driver'}.`);
  return (done.value === 'vfio-pci') === (to === 'bind') ? EXIT.ok : EXIT.failed;
}
