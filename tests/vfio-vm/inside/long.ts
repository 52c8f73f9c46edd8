/** The program inside a machine that has the time to wait for a wrap. */
import { runCases } from './cases.ts';
import { bindQuickly, FIRST } from './functions.ts';
import { wrapsByItself } from './wrap.ts';

await runCases({
  'both queues go to the device at the first wrap that their traffic brings': async (bench) => {
    await bindQuickly(FIRST);
    return wrapsByItself(bench);
  },
});
