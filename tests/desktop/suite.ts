/** Shells started by one test file, and what every shell must do whatever its files came out of. */
import { existsSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { DesktopShell, type ShellOptions } from './shell.ts';
import { connectVirtualMachine, type VirtualMachine } from './virtual-machine.ts';

export const hasChromium = existsSync(process.env['CHROMIUM'] ?? '/usr/bin/chromium');

export interface Started {
  readonly shell: DesktopShell;
  readonly connect: () => Promise<VirtualMachine>;
}

/** Starts shells whose files are below `root()`; the test file's `afterEach` ends them. */
export function shellsOf(root: () => string): (options?: Partial<ShellOptions>) => Promise<Started> {
  const running: { shell: DesktopShell; vms: VirtualMachine[] }[] = [];
  afterEach(async () => {
    for (const { shell, vms } of running.splice(0)) {
      for (const { vmm } of vms) vmm.close();
      await shell.stop();
    }
  });
  return async (options = {}) => {
    const shell = await DesktopShell.start({ root: root(), ...options });
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
  };
}

/** The row of the transmit queue. */
export const tx = (page: Page) =>
  page.getByRole('row').filter({ has: page.getByRole('switch', { name: 'vm0 q1 tx accelerated' }) });

export function itIsAShell(start: (options?: Partial<ShellOptions>) => Promise<Started>): void {
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
}
