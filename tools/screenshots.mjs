// Makes the pictures in docs/images from a running engine: node tools/screenshots.mjs [--cli dist/cli.mjs]
// A simulated guest and, where QEMU and the test kernel are there (npm test prepares them), two real Linux guests:
// one whose doorbells can be mapped and one without page-per-vq, which therefore stays in relay.
/* global window, document -- inside the page */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { endGroupsWithProcess, run } from './process-group.mjs';

const root = resolve(import.meta.dirname, '..');
const images = join(root, 'docs/images');
const MANIFEST = join(root, '.cache/peers/peers.json');
const CHROMIUM = '/usr/bin/chromium';
const KERNEL = 'console=ttyS0 quiet panic=-1 tsc=reliable no_timer_check mitigations=off';
/** Booting under emulation on a busy machine takes its time. */
const BOOT_MS = 180_000;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function startEngine(cli, place) {
  const listen = (name) => ['--listen', `${join(place, name)}.sock,name=${name}`];
  const names = ['web-01', 'db-02', 'uml-test'];
  return new Promise((ready, reject) => {
    let text = '';
    const words = [cli, 'serve', '--lab', ...names.flatMap(listen), '--http', '0', '--json'];
    run(process.execPath, words, {
      cwd: root,
      env: { XDG_RUNTIME_DIR: place },
      onOutput(chunk) {
        text += chunk;
        const line = text.split('\n').find((one) => one.startsWith('{"event":"ready"'));
        if (line !== undefined && text.includes('}\n')) ready(JSON.parse(line).url);
      },
    }).then(({ output }) => reject(new Error(output)));
  });
}

/** A guest that pings the lab peer, started by the very command that its row shows. */
function startGuest(command, address) {
  const { qemu } = JSON.parse(readFileSync(MANIFEST, 'utf8')).parts;
  if (qemu.missing) return false;
  const kernel = `-bios qboot.rom -cpu max -kernel '${qemu.vmlinux}' -initrd '${qemu.initramfs}' -append '${KERNEL}' -serial stdio -monitor none`;
  const script = `ip link set eth0 up; ip addr add ${address}/24 dev eth0; ping -i 0.01 10.77.0.1 >/dev/null\\n`;
  // The console stays open, or the guest takes its end for ours.
  void run('sh', [
    '-c',
    `{ sleep 25; printf '${script}'; exec sleep infinity; } | exec ${command} ${kernel}`,
  ]);
  return true;
}

const rowOf = (page, key) => page.locator(`tr[data-queue="${key}"]`);
const wordOf = (page, key, word) => rowOf(page, key).locator(`[data-word="${word}"]`);

async function toggle(page, key, word) {
  await rowOf(page, key).getByRole('switch').focus();
  await page.keyboard.press('Space');
  await wordOf(page, key, word).waitFor({ timeout: 20_000 });
}

/** The same moment in both themes. */
async function shoot(page, name) {
  await page.evaluate(() => document.activeElement?.blur());
  await page.mouse.move(700, 895);
  for (const theme of ['dark', 'light']) {
    await page.emulateMedia({ colorScheme: theme });
    await pause(300);
    await page.screenshot({ path: join(images, `${name}-${theme}.png`), timeout: 120_000 });
  }
  console.log(`docs/images/${name}-{dark,light}.png`);
}

/** A screen by its address, once it shows what it is about. */
async function shootAt(page, hash, seen, name) {
  await open(page, hash);
  await page.locator(seen).first().waitFor({ timeout: 60_000 });
  await pause(3_000);
  await shoot(page, name);
}

const open = (page, hash) => page.evaluate((to) => void (window.location.hash = to), hash);

async function main() {
  const { values } = parseArgs({ options: { cli: { type: 'string', default: join(root, 'dist/cli.mjs') } } });
  if (!existsSync(CHROMIUM)) throw new Error('chromium is missing: apt-get install chromium');
  mkdirSync(images, { recursive: true });
  const place = mkdtempSync(join(tmpdir(), 'doorbell-'));
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const url = await startEngine(resolve(values.cli), place);
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(url);
    await rowOf(page, 'lab/1').waitFor();
    const commandOf = async (name) => (await page.locator(`[data-command="${name}"]`).textContent()).trim();
    const withGuests =
      existsSync(MANIFEST) &&
      startGuest(await commandOf('web-01'), '10.77.0.2') &&
      startGuest((await commandOf('db-02')).replace('page-per-vq=on', 'page-per-vq=off'), '10.77.0.3');
    if (withGuests) {
      for (const key of ['web-01/1', 'db-02/1'])
        await rowOf(page, key)
          .locator('[data-cell=kicks]')
          .filter({ hasText: /[1-9]/ })
          .waitFor({ timeout: BOOT_MS });
    } else console.log('without QEMU: only the simulated guest, no relay');
    await pause(20_000);
    await shoot(page, 'queues-software');
    for (const key of ['lab/1', 'lab/3', 'lab/5']) await toggle(page, key, 'ACC');
    if (withGuests) for (const key of ['web-01/1', 'web-01/0']) await toggle(page, key, 'ACC');
    await pause(12_000);
    await shoot(page, 'queues-accelerated');
    const well = withGuests ? 'web-01/1' : 'lab/1';
    await shootAt(page, `#/queues/${well}`, '.recharts-surface', 'drawer-accelerated');
    await shootAt(page, `#/map/${well}`, `[data-lane="${well}"]`, 'map-accelerated');
    await open(page, '#/queues');
    if (withGuests) {
      await toggle(page, 'db-02/1', 'FELL BACK');
      await page.evaluate(() => document.activeElement?.blur());
      await pause(4_000);
      await shoot(page, 'queues-relay');
      await shootAt(page, '#/queues/db-02/1', '.recharts-surface', 'drawer-relay');
      await shootAt(page, '#/map/db-02/1', 'section[data-verdict]', 'map-relay');
    }
    await shootAt(page, `#/trace/${well}`, 'table tbody tr', 'trace');
    await shootAt(page, '#/devices', '[id^="device-"]', 'devices');
    await open(page, '#/queues');
    await rowOf(page, 'lab/0').waitFor();
    await page.getByRole('searchbox').fill('lab');
    await page.getByRole('checkbox', { name: 'select every queue that is shown' }).check();
    await page.getByRole('button', { name: /^Preview/ }).click();
    await page.getByRole('dialog').waitFor();
    await shoot(page, 'preview');
  } finally {
    await browser.close();
    rmSync(place, { recursive: true, force: true });
  }
}

endGroupsWithProcess();
main().then(
  () => process.exit(0),
  (error) => {
    console.error(error.message);
    process.exit(1);
  },
);
