/**
 * Registers VFIO groups with KVM's VFIO device, where there is one. Groups of simulated devices raise no
 * interrupts that KVM could take, so they are left out. The device is opened for the first real group and
 * closed after the last one.
 */
import type { Fd, Io, KvmVfio } from '../addon/surface.ts';
import type { InterruptRouter, InterruptRouting } from './interrupt-router.ts';

const DEVICE = '/dev/kvm';

export class KvmInterruptRouter implements InterruptRouter {
  readonly #io: Pick<Io, 'kvmVfio'>;
  readonly #registered = new Set<string>();
  #device: KvmVfio | null = null;
  #available: boolean | null = null;
  #reason: string | null = null;

  constructor(io: Pick<Io, 'kvmVfio'>) {
    this.#io = io;
  }

  groupHeld(group: string, fd: Fd): void {
    if (fd.identity().kind !== 'vfio-group') return;
    const device = this.#open();
    if (device === null) return;
    const added = device.add(fd);
    if (added.ok) this.#registered.add(group);
    else this.#reason = `${group}: ${added.error.message}`;
  }

  groupReleased(group: string, fd: Fd): void {
    if (this.#device === null || !this.#registered.delete(group)) return;
    const removed = this.#device.remove(fd);
    if (!removed.ok) this.#reason = `${group}: ${removed.error.message}`;
    if (this.#registered.size > 0) return;
    this.#device.close();
    this.#device = null;
  }

  snapshot(): InterruptRouting {
    return { available: this.#available, reason: this.#reason, groups: [...this.#registered] };
  }

  #open(): KvmVfio | null {
    if (this.#device !== null) return this.#device;
    const opened = this.#io.kvmVfio(DEVICE);
    this.#available = opened.ok;
    this.#reason = opened.ok ? null : `not available: ${opened.error.message}`;
    if (opened.ok) this.#device = opened.value;
    return this.#device;
  }
}
