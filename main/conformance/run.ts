/**
 * Runs checks one after another, each with connections and a time limit of its own. Whatever the back-end does, answer
 * wrongly, hang, close or die, is a finding and never a failure of this side.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Bench, connectAnswered, type Subject } from './bench.ts';
import { Capture, type CaptureRow } from './capture.ts';
import type { Check, Level } from './check.ts';
import type { DeviceModel } from './devices/device.ts';
import { guessDevice } from './devices/known.ts';
import { learn, type Facts } from './facts.ts';
import { Talk } from './talk.ts';
import { finding, messageOf, type Verdict } from './verdict.ts';

export interface CheckResult {
  readonly id: string;
  readonly title: string;
  readonly section: string;
  readonly rule: string;
  readonly level: Level;
  readonly destructive: boolean;
  readonly outcome: Verdict['kind'] | 'not-run';
  /** What was wrong, or why the check has no subject; null when it passed. */
  readonly message: string | null;
  /** What was said, oldest first. */
  readonly exchange: readonly CaptureRow[];
  readonly milliseconds: number;
}

export interface Conformance {
  readonly device: DeviceModel['name'] | null;
  /** Null where the back-end did not even tell its features. */
  readonly facts: Facts | null;
  readonly results: readonly CheckResult[];
}

export interface RunOptions extends Subject {
  readonly checks: readonly Check[];
  /** Null: by its features. */
  readonly device: DeviceModel | null;
  readonly onResult?: (result: CheckResult) => void;
}

const CHECK_MS = 20_000;

/** Null where nothing answers at the socket: then `reason` says why. */
export type RunOutcome =
  | { readonly kind: 'run'; readonly conformance: Conformance }
  | { readonly kind: 'unreachable'; readonly reason: string };

export async function runChecks(options: RunOptions): Promise<RunOutcome> {
  const capture = new Capture();
  const first = await connectAnswered(options, capture);
  if (!first.ok && first.error.kind === 'not-applicable')
    return { kind: 'unreachable', reason: first.error.reason };
  const learnt = first.ok ? await learn(new Talk(first.value)) : first;
  if (first.ok) first.value.close();
  if (!learnt.ok) return { kind: 'run', conformance: wordless(options, learnt.error, capture) };

  const facts = learnt.value;
  const device = options.device ?? guessDevice(facts);
  const results: CheckResult[] = [];
  let gone: string | null = null;
  for (const check of options.checks) {
    let result: CheckResult;
    if (gone === null) {
      result = await runOne(options, check, facts, device);
      const alive = await connectAnswered(options, new Capture());
      if (alive.ok) alive.value.close();
      else {
        gone = check.id;
        result = survivedBy(result, messageOf(alive.error) ?? '');
      }
    } else {
      result = resultOf(check, { kind: 'not-run', message: `The back-end was gone after ${gone}` });
    }
    results.push(result);
    options.onResult?.(result);
  }
  return { kind: 'run', conformance: { device: device?.name ?? null, facts, results } };
}

/** It is there, and does not even tell its features as it should: nothing else can be asked. */
function wordless({ checks, onResult }: RunOptions, verdict: Verdict, capture: Capture): Conformance {
  const results = checks.map((check, at) =>
    resultOf(
      check,
      at === 0
        ? { kind: 'finding', message: messageOf(verdict), exchange: capture.rows() }
        : { kind: 'not-run', message: 'The back-end did not tell its features' },
    ),
  );
  for (const result of results) onResult?.(result);
  return { device: null, facts: null, results };
}

async function runOne(
  subject: Subject,
  check: Check,
  facts: Facts,
  device: DeviceModel | null,
): Promise<CheckResult> {
  const bench = new Bench(subject, facts, device);
  const limit = new AbortController();
  const began = performance.now();
  try {
    const verdict = await Promise.race([
      check.run(bench),
      delay(CHECK_MS, finding(`The check was not over within ${CHECK_MS / 1000} s`), {
        signal: limit.signal,
      }),
    ]);
    return resultOf(check, {
      kind: verdict.kind,
      message: messageOf(verdict),
      exchange: bench.capture.rows(),
      milliseconds: Math.round(performance.now() - began),
    });
  } finally {
    limit.abort();
    bench.close();
  }
}

/** A back-end that does not take the next connection has not survived the check, whatever it answered. */
function survivedBy(result: CheckResult, why: string): CheckResult {
  const before = result.message === null ? '' : `${result.message}. `;
  return {
    ...result,
    outcome: 'finding',
    level: 'must',
    message: `${before}After this check it takes no connection: ${why}`,
  };
}

function resultOf(
  { id, title, section, rule, level, destructive }: Check,
  outcome: {
    readonly kind: CheckResult['outcome'];
    readonly message: string | null;
    readonly exchange?: readonly CaptureRow[];
    readonly milliseconds?: number;
  },
): CheckResult {
  return {
    id,
    title,
    section,
    rule,
    level,
    destructive: destructive ?? false,
    outcome: outcome.kind,
    message: outcome.message,
    exchange: outcome.exchange ?? [],
    milliseconds: outcome.milliseconds ?? 0,
  };
}
