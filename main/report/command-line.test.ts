import { expect, test } from 'vitest';
import { commandLine } from './command-line.ts';

test('the command line of a listening endpoint shares memory and maps one page per queue', () => {
  expect(commandLine({ path: '/run/vm0.sock', mode: 'listen', queuePairs: 1 })).toBe(
    'qemu-system-x86_64 -accel tcg -m 256M -object memory-backend-memfd,id=mem0,size=256M,share=on ' +
      '-numa node,memdev=mem0 -chardev socket,id=c0,path=/run/vm0.sock ' +
      '-netdev vhost-user,id=n0,chardev=c0,queues=1 ' +
      '-device virtio-net-pci,netdev=n0,page-per-vq=on,disable-legacy=on,vectors=0 -nographic',
  );
});

test('a connecting endpoint wants QEMU to be the server', () => {
  expect(commandLine({ path: '/run/a', mode: 'connect', queuePairs: 1 })).toContain(
    'path=/run/a,server=on,wait=on ',
  );
});

test('several queue pairs are asked for on both sides', () => {
  const line = commandLine({ path: '/run/a', mode: 'listen', queuePairs: 4 });
  expect(line).toContain('queues=4 ');
  expect(line).toContain('mq=on');
});

test('an address that the guest is to have is given to its device', () => {
  const line = commandLine({ path: '/run/a', mode: 'listen', queuePairs: 1 }, '52:54:00:00:01:00');
  expect(line).toContain('netdev=n0,mac=52:54:00:00:01:00,page-per-vq=on');
});

test('a path that the shell or QEMU would misread is quoted for both', () => {
  expect(commandLine({ path: "/run/it's, here", mode: 'listen', queuePairs: 1 })).toContain(
    String.raw`-chardev 'socket,id=c0,path=/run/it'\''s,, here' `,
  );
});
