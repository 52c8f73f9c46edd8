// The panel with something true in it: npm run demo [-- --browser] [-- --qemu]
// Sets up, starts the engine with a simulated guest under steady traffic and opens the panel: in an Electron
// window where Electron can start, else in whatever browser opens the printed URL.
import { startHeadless } from './demo/headless.mjs';
import { openWindow } from './demo/window.mjs';
import { startQemuGuest } from './demo/qemu-guest.mjs';
import { endGroupsWithProcess } from './process-group.mjs';
import { setup } from './setup.mjs';
import { readWords } from './words.mjs';

const USAGE = `npm run demo [-- OPTIONS]

  --browser   do not try Electron: print the panel's URL
  --qemu      also connect a real QEMU guest (qemu-system-x86_64 and a prepared kernel are needed)
  --help      this text

Ctrl-C ends everything.`;

/** One line, whatever Electron had to say. */
const oneLine = (text) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '') ?? 'no reason given';

async function main() {
  const { values } = readWords(USAGE, { browser: { type: 'boolean' }, qemu: { type: 'boolean' } });
  await setup((line) => console.log(`setup   │ ${line}`));
  const window = values.browser
    ? { why: 'asked for with --browser' }
    : await openWindow((line) => console.log(`window  │ ${line}`));
  const engine = 'why' in window ? await startHeadless() : window;
  if ('why' in window) {
    console.log(`No Electron window: ${oneLine(window.why)}`);
    console.log(`\n  The panel: ${engine.url}\n`);
  } else {
    console.log('The window is open.');
  }
  if (values.qemu) console.log(`qemu    │ ${oneLine(await startQemuGuest())}`);
  console.log(
    'Select q1 of "lab" and press Space on its switch: kicks/s falls to 0, doorbells/s takes over. Ctrl-C ends.',
  );
  await engine.ended;
}

endGroupsWithProcess();
try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
