/** `doorbell serve`: the engine without a window. */
import { join } from 'node:path';
import { startEngine } from '../compose/engine.ts';
import { labEndpoint, startLabGuest } from '../compose/lab-guest.ts';
import type { AcceleratorOptions, EngineOptions } from '../compose/options.ts';
import { parsePciAddress } from '../compose/vfio.ts';
import { defaultControlPath, preparePrivateDirectory, userPlace } from '../doors/private-socket.ts';
import { runHeadless } from '../headless/headless.ts';
import { LineOutput } from '../headless/line-output.ts';
import { parseCount } from './count.ts';
import { checkDistinct, parseDialect, parseEndpoint } from './endpoint-spec.ts';
import { CliError, EXIT, type ExitCode } from './exit-codes.ts';
import { endOnSignals } from './signals.ts';
import { parseUplink, parseWorkers, type WorkerArguments } from './worker-spec.ts';

/** As commander hands them over. */
export interface ServeArguments extends WorkerArguments {
  readonly listen?: readonly string[] | undefined;
  readonly connect?: readonly string[] | undefined;
  readonly queuePairs: string;
  readonly dialect: string;
  readonly accelerator?: readonly string[] | undefined;
  readonly uplink?: string | undefined;
  readonly http: string;
  readonly control?: string | undefined;
  readonly lab?: boolean | undefined;
  readonly json?: boolean | undefined;
}

const VFIO = 'vfio:';
const MAX_QUEUE_PAIRS = 16;
const MAX_PORT = 65535;

function parseAccelerator(spec: string, position: number): AcceleratorOptions {
  const [kind = '', ...rest] = spec.split(',');
  const given = rest[0] === undefined ? null : (/^id=([\w.:-]+)$/.exec(rest[0])?.[1] ?? '');
  const wrong = (why: string): CliError => new CliError(EXIT.wrongCall, `--accelerator ${spec}: ${why}.`);
  if (given === '' || rest.length > 1) throw wrong('",id=ID" is all that may follow');
  if (kind === 'emulated') return { kind, id: given ?? `emulated${position}` };
  if (!kind.startsWith(VFIO)) throw wrong('"emulated" or "vfio:ADDRESS" is wanted');
  const address = parsePciAddress(kind.slice(VFIO.length));
  if (!address.ok) throw wrong(address.error);
  return { kind: 'vfio', id: given ?? address.value, address: address.value };
}

/** `control` is where the lab's own endpoint is put beside. */
export function parseServe(given: ServeArguments, control: string): EngineOptions {
  const defaults = {
    dialect: parseDialect(given.dialect),
    queuePairs: parseCount('--queue-pairs', given.queuePairs, 1, MAX_QUEUE_PAIRS),
  };
  const endpoints = [
    ...(given.listen ?? []).map((spec) => parseEndpoint(spec, 'listen', defaults)),
    ...(given.connect ?? []).map((spec) => parseEndpoint(spec, 'connect', defaults)),
    ...(given.lab === true ? [labEndpoint(control, defaults.dialect)] : []),
  ];
  if (endpoints.length === 0)
    throw new CliError(
      EXIT.wrongCall,
      'Nothing to serve: give at least one --listen PATH or --connect PATH, or --lab.',
    );
  checkDistinct(endpoints);
  const accelerators = (given.accelerator ?? ['emulated']).map(parseAccelerator);
  const twice = accelerators.find(({ id }, i) => accelerators.findIndex((other) => other.id === id) !== i);
  if (twice !== undefined) throw new CliError(EXIT.wrongCall, `Two accelerators have the id ${twice.id}.`);
  return {
    endpoints,
    accelerators,
    workers: parseWorkers(given),
    ...(given.uplink === undefined ? {} : { uplink: parseUplink(given.uplink) }),
  };
}

export function parseHttp(text: string): number | null {
  return text === 'off' ? null : parseCount('--http', text, 0, MAX_PORT);
}

export async function runServe(given: ServeArguments): Promise<ExitCode> {
  const control = given.control ?? (await defaultControlPath(userPlace()));
  const options = parseServe(given, control);
  if (given.lab === true) {
    const directory = await preparePrivateDirectory(control, userPlace().uid);
    if (!directory.ok) throw startFailure({ code: 'not-possible', message: directory.error.message });
  }
  const http = parseHttp(given.http);
  const json = given.json === true;
  const output = new LineOutput(process.stdout, (count) =>
    json
      ? JSON.stringify({ event: 'dropped', count })
      : `${count} lines were not read in time and are left out`,
  );
  const engine = await startEngine(options);
  if (!engine.ok) throw startFailure(engine.error);
  endOnSignals(engine.value);
  const lab = options.endpoints.find((endpoint) => endpoint.simulated);
  const guest = lab === undefined ? null : await startLabGuest(lab);
  if (guest !== null && !guest.ok) {
    await engine.value.end();
    throw startFailure(guest.error);
  }
  const panelRoot = join(import.meta.dirname, 'renderer');
  const served = await runHeadless(engine.value, { control, http, panelRoot, json }, output);
  guest?.value.close();
  if (!served.ok) throw startFailure(served.error);
  return EXIT.ok;
}

const startFailure = ({ code, message }: { code: string; message: string }): CliError =>
  new CliError(code === 'wrong-call' ? EXIT.wrongCall : EXIT.failed, message);
