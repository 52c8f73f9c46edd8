/**
 * The front-end as one pure function: state and what happened in, next state and what is to be done out.
 * Nothing here touches a socket, an fd or a clock.
 */
import { assertNever } from '../base/assert-never.ts';
import { err, ok } from '../base/result.ts';
import { lateAnswerDue } from './answers.ts';
import { mapped } from './areas.ts';
import { backendRequest } from './backend-requests.ts';
import { lookedUp } from './iommu.ts';
import type { VmmConfig } from './config.ts';
import { endConnection } from './connection.ts';
import type { VmmEffect, VmmInput } from './effects.ts';
import { answered, call, deadlinePassed, guestPrepared, submit } from './operations.ts';
import type { VmmState } from './state.ts';
import { Turn } from './turn.ts';

export interface Stepped {
  readonly state: VmmState;
  readonly effects: readonly VmmEffect[];
}

export function step(config: VmmConfig, state: VmmState, input: VmmInput): Stepped {
  const turn = new Turn(config, state);
  apply(turn, input);
  return { state: turn.state, effects: turn.effects };
}

/**
 * Whether requests of the back-end have to wait: like QEMU, whose one loop answers them only between its own
 * sequences, never inside one. A back-end that waits for such an answer while it owes one would wait forever.
 */
export const holdsBackend = (state: VmmState): boolean => state.operation !== null;

function apply(turn: Turn, input: VmmInput): void {
  switch (input.kind) {
    case 'connected':
      turn.set({ link: 'connected' });
      call(turn, input.operation, 'connect');
      return;
    case 'call':
      call(turn, input.operation, input.call);
      return;
    case 'say':
      submit(turn, input.operation, 'say', [{ kind: 'say', message: input.message }]);
      return;
    case 'answer':
      answered(turn, input.frame);
      return;
    case 'backend-request':
      backendRequest(turn, input.frame, input.fds);
      return;
    case 'guest-ready':
      guestPrepared(turn, ok({ regions: input.regions, rings: input.rings }));
      return;
    case 'guest-failed':
      guestPrepared(turn, err(input.message));
      return;
    case 'mapped':
      mapped(turn, input.effect, input.code);
      return;
    case 'looked-up':
      lookedUp(turn, input.miss, input.page, input.owed);
      return;
    case 'timer':
      if (input.timer === 'deadline') deadlinePassed(turn);
      else lateAnswerDue(turn);
      return;
    case 'set-faults':
      turn.set({ faults: input.faults });
      return;
    case 'closed':
      endConnection(turn, { code: 'disconnected', message: input.reason });
      return;
    default:
      assertNever(input);
  }
}
