/** `PATH[,name=NAME][,dialect=…][,desired=…][,mode=0660][,group=GROUP][,mtu=BYTES][,mac=ADDRESS][,config=on][,iommu=on][,uplink=ID]` of `--listen` and `--connect`. */
import { basename } from 'node:path';
import { Desired, Dialect } from '../contract/words.ts';
import type { EndpointOptions } from '../compose/options.ts';
import { CliError, EXIT } from './exit-codes.ts';

export interface EndpointDefaults {
  readonly dialect: Dialect;
  readonly queuePairs: number;
}

const DEFAULT_MODE = 0o600;
const MIN_MTU = 68;
const MAX_MTU = 65535;
const KEYS = [
  'name',
  'dialect',
  'desired',
  'mode',
  'group',
  'mtu',
  'mac',
  'config',
  'iommu',
  'uplink',
] as const;
type Key = (typeof KEYS)[number];

const wrong = (spec: string, what: string): CliError => new CliError(EXIT.wrongCall, `"${spec}": ${what}`);

function parsePairs(spec: string, parts: readonly string[]): ReadonlyMap<Key, string> {
  const pairs = new Map<Key, string>();
  for (const part of parts) {
    const at = part.indexOf('=');
    const key = KEYS.find((known) => known === part.slice(0, at));
    if (at <= 0 || key === undefined)
      throw wrong(spec, `"${part}" is none of ${KEYS.map((k) => `${k}=…`).join(', ')}.`);
    if (pairs.has(key)) throw wrong(spec, `${key} is given twice.`);
    pairs.set(key, part.slice(at + 1));
  }
  return pairs;
}

function parseMode(spec: string, text: string | undefined): number {
  if (text === undefined) return DEFAULT_MODE;
  if (!/^0?[0-7]{3}$/.test(text)) throw wrong(spec, `mode=${text} is no octal file mode such as 0660.`);
  return Number.parseInt(text, 8);
}

/** Virtio 1.2 §5.1.4.1: 68 to 65535. */
function parseMtu(spec: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const mtu = /^\d{2,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(mtu >= MIN_MTU && mtu <= MAX_MTU))
    throw wrong(spec, `mtu=${text} is no number of bytes from ${MIN_MTU} to ${MAX_MTU}.`);
  return mtu;
}

/** Of one station: neither a group's (the lowest bit of the first byte, IEEE 802.3 §3.2.3) nor nobody's. */
function parseMac(spec: string, text: string | undefined): string | null {
  if (text === undefined) return null;
  const mac = text.toLowerCase();
  if (!/^[\da-f]{2}(?::[\da-f]{2}){5}$/.test(mac))
    throw wrong(spec, `mac=${text} is no address such as 52:54:00:00:01:00.`);
  if (/^[\da-f][13579bdf]/.test(mac))
    throw wrong(spec, `mac=${text} is the address of a group, not of a guest.`);
  if (mac === '00:00:00:00:00:00') throw wrong(spec, `mac=${text} is the address of nobody.`);
  return mac;
}

function parseSwitch(spec: string, key: Key, text: string | undefined): boolean {
  if (text === undefined || text === 'off') return false;
  if (text === 'on') return true;
  throw wrong(spec, `${key}=${text} is neither on nor off.`);
}

/** Its messages are of upstream alone. */
function parseConfig(spec: string, dialect: Dialect, text: string | undefined): boolean {
  const config = parseSwitch(spec, 'config', text);
  if (config && dialect !== 'upstream')
    throw wrong(spec, `config=on needs the dialect upstream, not ${dialect}.`);
  return config;
}

export function parseDialect(text: string): Dialect {
  const dialect = Dialect.safeParse(text);
  if (!dialect.success) throw new CliError(EXIT.wrongCall, `"${text}" is no dialect: upstream or rfc2018.`);
  return dialect.data;
}

export function parseDesired(text: string): Desired {
  const desired = Desired.safeParse(text);
  if (!desired.success)
    throw new CliError(EXIT.wrongCall, `"${text}" is nothing to desire: accelerated or software.`);
  return desired.data;
}

/** The name where none is given: the file's, without its ending. */
const nameOf = (path: string): string => basename(path).replace(/\.[^.]+$/, '') || basename(path);

export function parseEndpoint(
  spec: string,
  mode: EndpointOptions['mode'],
  defaults: EndpointDefaults,
): EndpointOptions {
  const [path = '', ...parts] = spec.split(',');
  if (path === '') throw wrong(spec, 'the path is missing.');
  const pairs = parsePairs(spec, parts);
  if (mode === 'connect' && (pairs.has('mode') || pairs.has('group')))
    throw wrong(spec, 'mode and group are for sockets that we listen on.');
  const name = pairs.get('name') ?? nameOf(path);
  if (name === '') throw wrong(spec, 'the name is empty.');
  const dialect = parseDialect(pairs.get('dialect') ?? defaults.dialect);
  return {
    name,
    path,
    mode,
    dialect,
    desired: parseDesired(pairs.get('desired') ?? 'software'),
    fileMode: parseMode(spec, pairs.get('mode')),
    group: pairs.get('group') ?? null,
    queuePairs: defaults.queuePairs,
    mtu: parseMtu(spec, pairs.get('mtu')),
    mac: parseMac(spec, pairs.get('mac')),
    config: parseConfig(spec, dialect, pairs.get('config')),
    iommu: parseSwitch(spec, 'iommu', pairs.get('iommu')),
    uplink: pairs.get('uplink') ?? null,
    simulated: false,
  };
}

/** Names are how queues are addressed: two endpoints of one name, or on one path, are a wrong call. */
export function checkDistinct(endpoints: readonly EndpointOptions[]): void {
  const names = new Set<string>();
  const paths = new Set<string>();
  for (const { name, path } of endpoints) {
    if (paths.has(path)) throw new CliError(EXIT.wrongCall, `${path} is given twice.`);
    if (names.has(name))
      throw new CliError(
        EXIT.wrongCall,
        `Two endpoints are named ${name}: give them names with ",name=NAME".`,
      );
    names.add(name);
    paths.add(path);
  }
}
