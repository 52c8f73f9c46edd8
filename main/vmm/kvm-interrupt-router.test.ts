import { describe, expect, test } from 'vitest';
import type { Fd, KvmVfio, NativeResult } from '../addon/surface.ts';
import { loadAddon } from '../addon/load.ts';
import { GroupRegistry } from './groups.ts';
import { KvmInterruptRouter } from './kvm-interrupt-router.ts';

type Kind = ReturnType<Fd['identity']>['kind'];

/** An fd that says it is a group: a real one takes hardware. */
function fdOf(kind: Kind): Fd {
  let closed = false;
  return {
    get closed() {
      return closed;
    },
    close: () => (closed = true),
    identity: () => ({ kind, key: null, size: null, seals: null }),
    duplicate: () => ({ ok: false, error: { code: 'EMFILE', message: 'no more' } }),
  };
}

/** KVM's VFIO device on paper: which fds were open when it was told of them. */
class PaperKvm {
  readonly calls: string[] = [];
  refuses = false;

  kvmVfio(): NativeResult<KvmVfio> {
    this.calls.push('open');
    const answer = (call: string, fd: Fd): NativeResult<void> => {
      this.calls.push(fd.closed ? `${call} a closed fd` : call);
      if (this.refuses) return { ok: false, error: { code: 'EBUSY', message: 'busy' } };
      return { ok: true, value: undefined };
    };
    return {
      ok: true,
      value: {
        closed: false,
        close: () => this.calls.push('close'),
        add: (fd) => answer('add', fd),
        remove: (fd) => answer('remove', fd),
      },
    };
  }
}

describe('Interrupts of a VFIO group', () => {
  test('are registered once for all its holders and removed before its fd is closed', () => {
    const kvm = new PaperKvm();
    const router = new KvmInterruptRouter(kvm);
    const groups = new GroupRegistry(router);
    groups.hold('vfio-group:7', 'a/0', fdOf('vfio-group'));
    groups.hold('vfio-group:7', 'a/1', fdOf('vfio-group'));
    expect(router.snapshot()).toEqual({ available: true, reason: null, groups: ['vfio-group:7'] });
    groups.release('vfio-group:7', 'a/0');
    groups.release('vfio-group:7', 'a/1');
    expect(kvm.calls).toEqual(['open', 'add', 'remove', 'close']);
    expect(router.snapshot().groups).toEqual([]);
  });

  test('that KVM refuses are told with the group, and not removed later', () => {
    const kvm = new PaperKvm();
    kvm.refuses = true;
    const router = new KvmInterruptRouter(kvm);
    const groups = new GroupRegistry(router);
    groups.hold('vfio-group:7', 'a/0', fdOf('vfio-group'));
    groups.release('vfio-group:7', 'a/0');
    expect(kvm.calls).toEqual(['open', 'add']);
    expect(router.snapshot()).toEqual({ available: true, reason: 'vfio-group:7: busy', groups: [] });
  });

  test('of a simulated device are not KVM’s business', () => {
    const kvm = new PaperKvm();
    const router = new KvmInterruptRouter(kvm);
    new GroupRegistry(router).hold('memfd:1', 'a/0', fdOf('memfd'));
    expect([kvm.calls, router.snapshot().available]).toEqual([[], null]);
  });

  test('without a KVM device file are not available, and the file is named', () => {
    const { io } = loadAddon();
    const router = new KvmInterruptRouter({ kvmVfio: () => io.kvmVfio('/nowhere/kvm') });
    router.groupHeld('vfio-group:7', fdOf('vfio-group'));
    const { available, reason } = router.snapshot();
    expect([available, reason]).toEqual([false, expect.stringContaining('not available: /nowhere/kvm')]);
  });
});
