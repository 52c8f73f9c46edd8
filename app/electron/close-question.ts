/**
 * Closing the window is not closing the engine: virtual machines may depend on it. What is asked, and which
 * answers are offered, is decided here without Electron so that every case can be tested.
 */
export type CloseChoice = 'go-on-in-tray' | 'keep-window' | 'withdraw-and-end';

export interface CloseSituation {
  /** Sessions with a connected front-end. */
  readonly connected: number;
  /** Queues whose ring an accelerator serves. */
  readonly accelerated: number;
  /** Whether a tray icon would be seen; without one a hidden window could not be brought back. */
  readonly trayAvailable: boolean;
}

export interface CloseQuestion {
  readonly message: string;
  readonly detail: string;
  readonly answers: readonly { readonly label: string; readonly choice: CloseChoice }[];
}

const counted = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

/** Null when there is nothing to lose: the window closes and the engine ends. */
export function closeQuestion(situation: CloseSituation): CloseQuestion | null {
  if (situation.connected === 0) return null;
  const machines = counted(situation.connected, 'virtual machine is', 'virtual machines are');
  const queues = counted(situation.accelerated, 'queue runs', 'queues run');
  const end = { label: 'Withdraw and end', choice: 'withdraw-and-end' } as const;
  return {
    message: `${machines} connected.`,
    detail:
      `Ending withdraws every notify page (${queues} on an accelerator now) and disconnects the virtual machines: ` +
      'their network stops until an engine listens again.' +
      (situation.trayAvailable ? '' : ' No tray was found, so the engine cannot go on without its window.'),
    answers: situation.trayAvailable
      ? [
          { label: 'Go on in the tray', choice: 'go-on-in-tray' },
          end,
          { label: 'Keep window', choice: 'keep-window' },
        ]
      : [{ label: 'Keep window', choice: 'keep-window' }, end],
  };
}
