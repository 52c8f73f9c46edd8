import { err, ok, type Result } from '../../base/result.ts';

const FORM = /^(?:([0-9a-f]{4}):)?([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/i;

/** As sysfs spells it, domain first: `0000:00:10.0`. The domain may be left out. */
export function parsePciAddress(text: string): Result<string, string> {
  const [, domain, bus, slot, fn] = FORM.exec(text) ?? [];
  if (bus === undefined || slot === undefined || fn === undefined)
    return err(`${text} is no PCI address: one like 0000:00:10.0 is wanted`);
  return ok(`${domain ?? '0000'}:${bus}:${slot}.${fn}`.toLowerCase());
}
