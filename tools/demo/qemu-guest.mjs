// A real Linux guest in QEMU on the endpoint vm0, pinging the lab peer behind the engine's switch. It runs the very
// command line that the panel shows, with a kernel added.
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { runtimeDirectory } from './engine-place.mjs';
import { preparePeers } from '../peers/prepare.mjs';
import { run } from '../process-group.mjs';

const root = resolve(import.meta.dirname, '../..');
const MANIFEST = join(root, '.cache/peers/peers.json');
const KERNEL = 'console=ttyS0 quiet panic=-1 tsc=reliable no_timer_check mitigations=off';
/** What the guest's console is told: its address, then fifty echo requests a second for as long as it lives. */
const SCRIPT = 'ip link set eth0 up; ip addr add 10.77.0.2/24 dev eth0; ping -i 0.02 10.77.0.1 >/dev/null\n';

function commandLineOf(name) {
  return new Promise((answer, reject) => {
    const socket = connect(join(runtimeDirectory(), 'control.sock'));
    let text = '';
    socket.setEncoding('utf8');
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      text += chunk;
      if (!text.includes('\n')) return;
      socket.end();
      const { value } = JSON.parse(text.split('\n')[0]);
      answer(value.sessions.find((session) => session.name === name).commandLine);
    });
    socket.write(`${JSON.stringify({ kind: 'call', id: 1, name: 'status.get', input: {} })}\n`);
  });
}

/** @returns {Promise<string>} what was started, or what is missing */
export async function startQemuGuest() {
  if (!existsSync(MANIFEST)) await preparePeers((line) => console.log(`qemu    │ ${line}`));
  const { qemu } = JSON.parse(readFileSync(MANIFEST, 'utf8')).parts;
  if (qemu.missing) return `no QEMU guest: ${qemu.missing}`;
  const line = await commandLineOf('vm0');
  const kernel = `-bios qboot.rom -cpu max -kernel '${qemu.vmlinux}' -initrd '${qemu.initramfs}' -append '${KERNEL}' -serial stdio -monitor none`;
  // The console stays open, or the guest takes its end for ours.
  const feed = `{ sleep 12; printf '${SCRIPT.replace('\n', '\\n')}'; exec sleep infinity; }`;
  void run('sh', ['-c', `${feed} | exec ${line} ${kernel}`]);
  return 'a Linux guest boots on vm0 and pings 10.77.0.1 fifty times a second';
}
