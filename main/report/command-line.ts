/**
 * The QEMU command that connects a guest to an endpoint, to be copied and run as it is. What must be so:
 * shared memory, or the engine could not map it; page-per-vq and no legacy transport, or there is no page of its
 * own per queue to map the doorbell to; `vectors=0`, because vhost-user with MSI-X under TCG crashes QEMU 7.2.
 */
import type { EndpointOptions } from '../engine/endpoints.ts';

const MEMORY = '256M';
const PLAIN = /^[A-Za-z0-9_.,:/=@%+-]+$/;

/** One shell word, quoted only where it must be. */
const shellWord = (word: string): string =>
  PLAIN.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** In QEMU's option lists a comma is written twice. */
const optionValue = (value: string): string => value.replaceAll(',', ',,');

export type CommandLineOptions = Pick<EndpointOptions, 'path' | 'mode' | 'queuePairs'>;

/** `mac`: the address that its guest is to have; null: QEMU's choice. */
export function commandLine(
  { path, mode, queuePairs }: CommandLineOptions,
  mac: string | null = null,
): string {
  const server = mode === 'connect' ? ',server=on,wait=on' : '';
  const multiqueue = queuePairs > 1 ? ',mq=on' : '';
  return [
    'qemu-system-x86_64',
    '-accel tcg',
    `-m ${MEMORY}`,
    `-object memory-backend-memfd,id=mem0,size=${MEMORY},share=on`,
    '-numa node,memdev=mem0',
    `-chardev ${shellWord(`socket,id=c0,path=${optionValue(path)}${server}`)}`,
    `-netdev vhost-user,id=n0,chardev=c0,queues=${queuePairs}`,
    `-device virtio-net-pci,netdev=n0${mac === null ? '' : `,mac=${mac}`}${multiqueue},page-per-vq=on,disable-legacy=on,vectors=0`,
    '-nographic',
  ].join(' ');
}
