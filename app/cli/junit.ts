/** The outcome of `doorbell check` as JUnit XML, which CI services read. */
import type { CheckResult, Conformance } from '../compose/conformance.ts';
import { exchangeLine, failsRun } from './check-report.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
const escape = (text: string): string => text.replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char);

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(3);

function detail(result: CheckResult): string {
  return [
    `specification: ${result.section}`,
    `it says: ${result.rule}`,
    ...result.exchange.map(exchangeLine),
  ].join('\n');
}

function testCase(result: CheckResult): string {
  const head = `  <testcase classname="${escape(result.section)}" name="${escape(result.id)}" time="${seconds(result.milliseconds)}"`;
  const message = escape(result.message ?? '');
  if (failsRun(result))
    return `${head}>\n    <failure message="${message}">${escape(detail(result))}</failure>\n  </testcase>`;
  if (result.outcome === 'finding')
    return `${head}>\n    <system-out>${escape(`${result.message ?? ''}\n${detail(result)}`)}</system-out>\n  </testcase>`;
  if (result.outcome !== 'pass') return `${head}>\n    <skipped message="${message}"/>\n  </testcase>`;
  return `${head}/>`;
}

export function junit(socket: string, { results }: Conformance): string {
  const failures = results.filter(failsRun).length;
  const skipped = results.filter(
    (result) => !failsRun(result) && (result.outcome === 'not-applicable' || result.outcome === 'not-run'),
  ).length;
  const time = seconds(results.reduce((sum, { milliseconds }) => sum + milliseconds, 0));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="${escape(`vhost-user back-end ${socket}`)}" tests="${results.length}" failures="${failures}" errors="0" skipped="${skipped}" time="${time}">`,
    ...results.map(testCase),
    '</testsuite>',
    '',
  ].join('\n');
}
