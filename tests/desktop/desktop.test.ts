/**
 * The desktop shell: real main bundle, real preload, real engine and addon; only Electron itself is played by
 * the strict stand-in. The same suite runs against the repository's bundles and against what electron-builder
 * packed, which proves that the packed list of files is complete.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import { DesktopShell, type ShellOptions } from './shell.ts';
import { connectVirtualMachine, type VirtualMachine } from './virtual-machine.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const root = process.env['DOORBELL_DESKTOP_ROOT'] ?? REPOSITORY;

const running: { shell: DesktopShell; vms: VirtualMachine[] }[] = [];

async function start(options: Partial<ShellOptions> = {}) {
  const shell = await DesktopShell.start({ root, ...options });
  const entry = { shell, vms: new Array<VirtualMachine>() };
  running.push(entry);
  return {
    shell,
    connect: async () => {
      const vm = await connectVirtualMachine(shell.home);
      entry.vms.push(vm);
      return vm;
    },
  };
}

const tx = (page: Page) =>
  page.getByRole('row').filter({ has: page.getByRole('switch', { name: 'vm0 q1 tx accelerated' }) });

afterEach(async () => {
  for (const { shell, vms } of running.splice(0)) {
    for (const { vmm } of vms) vmm.close();
    await shell.stop();
  }
});

describe.skipIf(!existsSync(process.env['CHROMIUM'] ?? '/usr/bin/chromium'))('desktop shell', () => {
  test('the window shows the waiting endpoint, and the page has the bridge and nothing of Node', async () => {
    const { shell } = await start();
    const page = await shell.page();
    await page.getByText('vm0.sock').first().waitFor();
    const world = await page.evaluate(() => ({
      bridge: Object.keys(Reflect.get(globalThis, 'doorbell') as object).sort(),
      node: ['require', 'process', 'module', 'Buffer', '__standInSend'].filter((name) => name in globalThis),
    }));
    expect(world).toEqual({ bridge: ['send', 'subscribe'], node: [] });
  });

  test('Space on the switch of a running queue moves it to the accelerator and back', async () => {
    const { shell, connect } = await start();
    const page = await shell.page();
    await connect();
    await tx(page).locator('[data-word="SW"]').waitFor();
    await page.getByRole('switch', { name: 'vm0 q1 tx accelerated' }).focus();
    await page.keyboard.press('Space');
    await tx(page).locator('[data-word="ACC"]').waitFor();
    expect(await tx(page).locator('[data-cell="notify-region"]').innerText()).toMatch(/^mapped @0x0 g\d+$/);
    await page.keyboard.press('Space');
    await tx(page).locator('[data-word="SW"]').waitFor();
    expect(await tx(page).locator('[data-cell="notify-region"]').innerText()).toBe('unmapped');
  });

  test('a reloaded window shows the live state again', async () => {
    const { shell, connect } = await start();
    const page = await shell.page();
    await connect();
    await tx(page).locator('[data-word="SW"]').waitFor();
    await page.reload();
    await tx(page).locator('[data-word="SW"]').waitFor();
  });

  test('navigation, new windows, permissions and foreign senders are refused', async () => {
    const { shell } = await start();
    const page = await shell.page();
    await page.getByText('vm0.sock').first().waitFor();
    const before = page.url();
    await page.evaluate(() => {
      location.href = 'https://elsewhere.invalid/';
    });
    await page.evaluate(() => window.open('https://elsewhere.invalid/'));
    const popup = await shell.waitFor('popup');
    expect(popup['action']).toBe('deny');
    expect(page.url()).toBe(before);

    shell.act('permission', { name: 'media' });
    expect((await shell.waitFor('permission'))['granted']).toBe(false);
    expect((await shell.waitFor('permission-check'))['granted']).toBe(false);

    const end = { kind: 'call', id: 1, name: 'engine.end', input: {} };
    shell.act('forge', { channel: 'doorbell:frame', args: [end], url: 'https://elsewhere.invalid/' });
    shell.act('forge', {
      channel: 'doorbell:frame',
      args: [end],
      url: 'app://panel/index.html',
      subframe: true,
    });
    await expect.poll(() => shell.output.match(/refused a message/g)?.length ?? 0).toBe(2);
    await page.getByText('vm0.sock').first().waitFor();
  });

  test('the content security policy blocks inline script', async () => {
    const { shell } = await start();
    const page = await shell.page();
    const blocked = await page.evaluate(
      () =>
        new Promise<string>((done) => {
          document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective));
          const script = document.createElement('script');
          script.textContent = 'globalThis.injected = true';
          document.head.append(script);
        }),
    );
    expect(blocked).toBe('script-src-elem');
    expect(await page.evaluate(() => 'injected' in globalThis)).toBe(false);
  });

  test('closing with nobody connected ends the engine', async () => {
    const { shell } = await start();
    await shell.page();
    shell.act('close');
    expect(await shell.exited(5_000)).toBe(0);
  });

  test('closing with a connected VM and no tray asks; keeping the window keeps everything', async () => {
    const { shell, connect } = await start({ tray: false });
    const page = await shell.page();
    await connect();
    await tx(page).locator('[data-word="SW"]').waitFor();
    shell.act('close');
    const question = await shell.waitFor('dialog');
    expect(question['buttons']).toEqual(['Keep window', 'Withdraw and end']);
    shell.act('answer', { label: 'Keep window' });
    await tx(page).locator('[data-word="SW"]').waitFor();
  });

  test('going on in the tray hides the window, the VM keeps its traffic, and starting again shows it', async () => {
    const { shell, connect } = await start({ tray: true });
    const page = await shell.page();
    const { guest } = await connect();
    await tx(page).locator('[data-word="SW"]').waitFor();
    shell.act('close');
    expect((await shell.waitFor('dialog'))['buttons']).toEqual([
      'Go on in the tray',
      'Withdraw and end',
      'Keep window',
    ]);
    shell.act('answer', { label: 'Go on in the tray' });
    await shell.waitFor('tray');
    await shell.waitFor('hidden');
    const received = guest.sample()[1] ?? 0;
    await expect.poll(() => guest.sample()[1] ?? 0, { timeout: 5_000 }).toBeGreaterThan(received + 50);
    shell.act('second-instance');
    await shell.waitFor('shown');
  });

  test('withdrawing and ending unmaps the page, disconnects the VM and exits within two seconds', async () => {
    const { shell, connect } = await start({ tray: false });
    const page = await shell.page();
    await connect();
    await tx(page).locator('[data-word="SW"]').waitFor();
    await page.getByRole('switch', { name: 'vm0 q1 tx accelerated' }).focus();
    await page.keyboard.press('Space');
    await tx(page).locator('[data-word="ACC"]').waitFor();
    shell.act('close');
    await shell.waitFor('dialog');
    shell.act('answer', { label: 'Withdraw and end' });
    expect(await shell.exited(2_500)).toBe(0);
  });

  test('a second start shows the first one and ends at once', async () => {
    const { shell } = await start({ secondInstance: true });
    expect(await shell.exited(5_000)).toBe(0);
    expect(existsSync(resolve(shell.home, 'doorbell/control.sock'))).toBe(false);
  });
});
