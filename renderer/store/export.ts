/** What the panel knows as JSON Lines, one record a line, in the contract's own fields. Pure. */
import { describe } from '../../app/contract/describe.ts';
import { refOf } from '../../app/contract/queue-key.ts';
import type { PanelState } from './state.ts';

const lines = (records: readonly unknown[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

/** Each queue with its newest counters and with what `describe` derives, so that a reader needs no panel. */
export function queueLines(state: PanelState): string {
  const simulated = new Map(state.sessions.map((one) => [one.name, one.simulated]));
  return lines(
    [...state.queues].map(([key, queue]) => {
      const { session } = refOf(key);
      const last = state.histories.get(key)?.last;
      const newest =
        last === undefined
          ? {}
          : { counters: last.counters, availIdx: last.availIdx, usedIdx: last.usedIdx, countedAt: last.at };
      return {
        session,
        simulated: simulated.get(session) ?? null,
        ...queue,
        ...newest,
        described: describe(queue),
      };
    }),
  );
}

export const eventLines = (state: PanelState): string => lines(state.feed);

/** `doorbell-queues-20261126T192233Z.jsonl` */
export const fileName = (what: string, at: number): string =>
  `doorbell-${what}-${new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '')}.jsonl`;
