/** The gate column of the table applied to what was negotiated. */
import type { Negotiated } from './negotiated.ts';
import { hasProtocol } from './protocol-features.ts';
import type { Gate } from './table/row.ts';
import { hasVirtio } from './virtio-features.ts';

/** The gates that are closed, in the order of the row. */
export function breachedGates(gates: readonly Gate[], negotiated: Negotiated): readonly Gate[] {
  return gates.length === 0 ? gates : gates.filter((gate) => !isOpen(gate, negotiated));
}

function isOpen(gate: Gate, negotiated: Negotiated): boolean {
  if (gate.side === 'protocol') return hasProtocol(negotiated.protocolAcked, gate.name);
  return hasVirtio(gate.when === 'offered' ? negotiated.virtioOffered : negotiated.virtioAcked, gate.name);
}

/** The feature as a log line names it. */
export function describeGate(gate: Gate): string {
  return gate.side === 'protocol' ? `protocol feature ${gate.name}` : `feature ${gate.name}`;
}
