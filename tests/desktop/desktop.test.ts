/**
 * The desktop shell: real main bundle, real preload, real engine and addon; only Electron itself is played by
 * the strict stand-in.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasChromium, itIsAShell, shellsOf, tx } from './suite.ts';

const start = shellsOf(() => resolve(import.meta.dirname, '../..'));

describe.skipIf(!hasChromium)('desktop shell', () => {
  itIsAShell(start);

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
