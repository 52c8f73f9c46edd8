/** `doorbell check`: is this back-end what the vhost-user specification says? */
import { writeFile } from 'node:fs/promises';
import {
  CHECK_IDS,
  checkBackEnd,
  DEVICE_NAMES,
  type Conformance,
  type DeviceName,
} from '../compose/conformance.ts';
import { conformanceJson, conformanceLines, failsRun, resultLine } from './check-report.ts';
import { CliError, EXIT, type ExitCode } from './exit-codes.ts';
import { junit } from './junit.ts';
import type { Terminal } from './terminal.ts';

/** As commander hands them over. */
export interface CheckArguments {
  readonly socket: string;
  readonly device: string;
  readonly destructive: boolean;
  readonly only?: readonly string[] | undefined;
  readonly json?: boolean | undefined;
  readonly junit?: string | undefined;
}

function parseDevice(text: string): DeviceName | null {
  if (text === 'auto') return null;
  const device = DEVICE_NAMES.find((name) => name === text);
  if (device === undefined)
    throw new CliError(EXIT.wrongCall, `--device ${text}: auto, ${DEVICE_NAMES.join(' or ')} is wanted.`);
  return device;
}

function parseOnly(ids: readonly string[]): readonly string[] {
  const unknown = ids.find((id) => !CHECK_IDS.includes(id));
  if (unknown !== undefined)
    throw new CliError(
      EXIT.wrongCall,
      `--only ${unknown}: there is no such check. These are: ${CHECK_IDS.join(' ')}`,
    );
  return ids;
}

async function writeJunit(path: string, socket: string, conformance: Conformance): Promise<void> {
  try {
    await writeFile(path, junit(socket, conformance));
  } catch (error) {
    throw new CliError(
      EXIT.failed,
      `--junit ${path}: ${error instanceof Error ? error.message : 'not written'}`,
    );
  }
}

export async function runCheck(given: CheckArguments, terminal: Terminal): Promise<ExitCode> {
  const json = given.json === true;
  const options = {
    path: given.socket,
    device: parseDevice(given.device),
    destructive: given.destructive,
    only: parseOnly(given.only ?? []),
  };
  const outcome = await checkBackEnd({
    ...options,
    onResult: (result) => {
      if (!json && result.outcome !== 'not-run') terminal.out(resultLine(result));
    },
  });
  if (outcome.kind === 'unreachable')
    throw new CliError(
      EXIT.wrongCall,
      `${given.socket} is no vhost-user back-end that answers: ${outcome.reason}`,
    );
  const { conformance } = outcome;
  if (json) terminal.out(JSON.stringify(conformanceJson(given.socket, conformance)));
  else for (const line of conformanceLines(conformance)) terminal.out(line);
  if (given.junit !== undefined) await writeJunit(given.junit, given.socket, conformance);
  return conformance.results.some(failsRun) ? EXIT.failed : EXIT.ok;
}
