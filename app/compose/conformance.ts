/** `doorbell check`: the conformance kit on the socket of any back-end; needs no engine. */
import { loadAddon } from '../../main/addon/load.ts';
import { CHECKS } from '../../main/conformance/checks/all.ts';
import type { DeviceName } from '../../main/conformance/devices/device.ts';
import { DEVICES } from '../../main/conformance/devices/known.ts';
import { runChecks, type CheckResult, type RunOutcome } from '../../main/conformance/run.ts';

export type { CaptureRow } from '../../main/conformance/capture.ts';
export type { DeviceName } from '../../main/conformance/devices/device.ts';
export type { CheckResult, Conformance, RunOutcome } from '../../main/conformance/run.ts';

export interface ConformanceOptions {
  readonly path: string;
  /** Null: told by the features that the back-end offers. */
  readonly device: DeviceName | null;
  /** Also checks that may end the back-end or change what it serves. */
  readonly destructive: boolean;
  /** Ids; empty for all. */
  readonly only: readonly string[];
  readonly onResult: (result: CheckResult) => void;
}

export const DEVICE_NAMES: readonly DeviceName[] = ['net', 'blk'];

/** What can be chosen by `only`, in the order in which it runs. */
export const CHECK_IDS: readonly string[] = CHECKS.map((check) => check.id);

export const checkBackEnd = ({
  path,
  device,
  destructive,
  only,
  onResult,
}: ConformanceOptions): Promise<RunOutcome> =>
  runChecks({
    addon: loadAddon(),
    path,
    device: device === null ? null : DEVICES[device],
    checks: CHECKS.filter(
      (check) =>
        (destructive || check.destructive !== true) && (only.length === 0 || only.includes(check.id)),
    ),
    onResult,
  });
