// Where the demo's engine keeps its sockets: the same places as a desktop start's, so that the CLI works beside it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export function runtimeDirectory() {
  const given = process.env.XDG_RUNTIME_DIR;
  if (given) return join(given, 'doorbell');
  const system = `/run/user/${process.getuid()}`;
  return existsSync(system) ? join(system, 'doorbell') : `/tmp/doorbell-${process.getuid()}`;
}
