/** Who is answered, with what: the reply column of the table applied to one message. */
import { hasProtocol } from './protocol-features.ts';
import { acknowledges, type Negotiated } from './negotiated.ts';
import type { ReplyRule } from './table/row.ts';
import type { Refusal } from './wire-error.ts';

/** `explicit`: a reply of its own · `ack`: a u64, 0 for success · `none`: nothing may be sent. */
export type OwedReply = 'explicit' | 'ack' | 'none';

/** NEED_REPLY changes nothing for a message with an explicit reply (spec, REPLY_ACK). */
export function owedBy(rule: ReplyRule, needReply: boolean, negotiated: Negotiated): OwedReply {
  if (rule.kind === 'explicit') return 'explicit';
  if (rule.kind === 'explicit-if' && hasProtocol(negotiated.protocolAcked, rule.feature)) return 'explicit';
  return needReply && acknowledges(negotiated) ? 'ack' : 'none';
}

/** How the sender of a message under this rule can be told no. */
export function refusalOf(rule: ReplyRule, needReply: boolean, negotiated: Negotiated): Refusal {
  switch (owedBy(rule, needReply, negotiated)) {
    case 'none':
      return 'silent';
    case 'ack':
      return 'value';
    case 'explicit':
      return rule.kind === 'ack' ? 'value' : rule.refusal;
  }
}
