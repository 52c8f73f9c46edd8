// What a script of ours was called with. `--help` prints its usage and ends with 0; words that it does not know end it with
// 2 and the usage.
import { parseArgs } from 'node:util';

/** → `values` and `positionals` as of parseArgs; `options` and `allowPositionals` as it takes them. */
export function readWords(usage, options, allowPositionals = false) {
  let read;
  try {
    read = parseArgs({
      allowPositionals,
      options: { ...options, help: { type: 'boolean', default: false } },
    });
  } catch (error) {
    refuse(usage, error.message);
  }
  if (read.values.help) {
    console.log(usage);
    process.exit(0);
  }
  return read;
}

export function refuse(usage, message) {
  console.error(`${message}\n\n${usage}`);
  process.exit(2);
}
