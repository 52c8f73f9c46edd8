/** The columns of a row of the message table in words. */
import type { FdRule, Gate, ReplyRule } from '../../../main/wire/table/row.ts';

export function describeFdRule(rule: FdRule): string {
  switch (rule.kind) {
    case 'exact':
      return String(rule.count);
    case 'range':
      return `${rule.min}…${rule.max}`;
    case 'no-fd-bit':
      return '1, or 0 with bit 8 set';
    case 'per-region':
      return 'one per region';
  }
}

export function describeGates(gates: readonly Gate[]): string {
  if (gates.length === 0) return '—';
  return gates
    .map((gate) => {
      const when = gate.side === 'virtio' && gate.when === 'offered' ? ' offered' : '';
      return `${gate.breach === 'note' ? '*expects* ' : ''}\`${gate.name}\`${when}`;
    })
    .join(', ');
}

export function describeReply(rule: ReplyRule): string {
  switch (rule.kind) {
    case 'ack':
      return 'u64 if asked';
    case 'explicit':
      return 'always';
    case 'explicit-if':
      return `with \`${rule.feature}\`, else u64 if asked`;
  }
}
