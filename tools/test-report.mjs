// Reads what the stages of `npm test` counted.
import { existsSync, readFileSync, rmSync } from 'node:fs';

/** A stage that died without a report counts as one failure, never as nothing. */
const DIED = { passed: 0, failed: 1, skipped: [] };

/**
 * From vitest's JSON report, which is removed: an old one must not speak for a run that died.
 * @returns {{passed: number, failed: number, skipped: string[]}}
 */
export function vitestReport(path, { code }) {
  if (!existsSync(path)) return DIED;
  const report = JSON.parse(readFileSync(path, 'utf8'));
  rmSync(path);
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const withStatus = (...statuses) => tests.filter((test) => statuses.includes(test.status));
  const failed = withStatus('failed').length;
  // A file that cannot be imported fails without a test of its own.
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  return {
    passed: withStatus('passed').length,
    failed: Math.max(failed + brokenFiles, code === 0 ? 0 : 1),
    skipped: withStatus('pending', 'skipped', 'todo').map((test) => test.fullName),
  };
}

/** From the last `N passed, N failed[, N skipped]` of a stage's output. */
export function countedLine({ code, output }) {
  const counted = [...output.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)].at(-1);
  if (counted === undefined) return DIED;
  const [passed, failed, skipped] = counted.slice(1).map((text) => Number(text ?? 0));
  return {
    passed,
    failed: Math.max(failed, code === 0 ? 0 : 1),
    skipped: Array.from({ length: skipped }, (_, index) => `${index + 1}`),
  };
}
