// Reads what the stages of `npm test` counted.
import { existsSync, readFileSync, rmSync } from 'node:fs';

/** A stage that died without a report counts as one failure, never as nothing. */
const DIED = { passed: 0, failed: 1, skipped: [], failures: ['ended without a count'] };

/** What vitest says of a failure, short enough to be read at the end of a long log. */
const MESSAGE_LINES = 12;
const shortened = (message) => message.split('\n').slice(0, MESSAGE_LINES).join('\n');

/**
 * From vitest's JSON report, which is removed: an old one must not speak for a run that died.
 * @returns {{passed: number, failed: number, skipped: string[], failures: string[]}}
 */
export function vitestReport(path, { code }) {
  if (!existsSync(path)) return DIED;
  const report = JSON.parse(readFileSync(path, 'utf8'));
  rmSync(path);
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const withStatus = (...statuses) => tests.filter((test) => statuses.includes(test.status));
  const failed = withStatus('failed');
  // A file that cannot be imported fails without a test of its own.
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: withStatus('passed').length,
    failed: Math.max(failed.length + brokenFiles.length, code === 0 ? 0 : 1),
    skipped: withStatus('pending', 'skipped', 'todo').map((test) => test.fullName),
    failures: [
      ...failed.map((test) => `${test.fullName}\n${shortened(test.failureMessages.join('\n'))}`),
      ...brokenFiles.map((file) => `${file.name}\n${shortened(file.message)}`),
    ],
  };
}

/** Lines by which the native tests, the sanitizers and the instruction count say what failed. */
const SAYS_FAILURE = /^\s+failed: |^\s+\S+:\d+: |^SUMMARY: |runtime error: |: failed|does not build/;
const MOST_LINES = 40;

/** From the last `N passed, N failed[, N skipped]` of a stage's output. */
export function countedLine({ code, output }) {
  const counted = [...output.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)].at(-1);
  if (counted === undefined) return DIED;
  const [passed, failed, skipped] = counted.slice(1).map((text) => Number(text ?? 0));
  return {
    passed,
    failed: Math.max(failed, code === 0 ? 0 : 1),
    skipped: Array.from({ length: skipped }, (_, index) => `${index + 1}`),
    failures:
      code === 0
        ? []
        : [
            output
              .split('\n')
              .filter((line) => SAYS_FAILURE.test(line))
              .slice(0, MOST_LINES)
              .join('\n'),
          ],
  };
}

/** A stage that passes or fails as one: its failure is the end of what it printed. */
export function asOne({ code, output }) {
  if (code === 0) return { passed: 1, failed: 0, skipped: [], failures: [] };
  return {
    passed: 0,
    failed: 1,
    skipped: [],
    failures: [output.trimEnd().split('\n').slice(-MOST_LINES).join('\n')],
  };
}
