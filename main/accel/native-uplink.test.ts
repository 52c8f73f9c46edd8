import { describe, expect, it, vi } from 'vitest';
import type { DeviceLink, NativeResult, VfioDevice } from '../addon/surface.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Station } from '../engine/ports.ts';
import { NativeUplink, type UplinkDevice } from './native-uplink.ts';

const FEATURES = 0x1_0000_8000n;
const STATION: Station = { mac: '52:54:00:00:01:00', learned: () => [] };

class FakeLink implements DeviceLink {
  closed = false;

  close(): void {
    this.closed = true;
  }
}

/** A device that one uplink at a time may have. */
class FakeUplinkDevice implements UplinkDevice {
  readonly id = 'dev';
  readonly done: string[] = [];
  /** Addresses that it was told to take frames for. */
  readonly told: (string | null)[] = [];
  answer: NativeResult<void> = ok(undefined);
  holder: NativeUplink | null = null;
  problem: string | null = null;
  #work: Promise<void> = Promise.resolve();

  readonly #device: Pick<VfioDevice, 'closed' | 'connect' | 'disconnect'> = {
    closed: false,
    connect: (_, features) => {
      this.done.push(`connect ${features.toString(16)}`);
      return Promise.resolve(this.answer);
    },
    disconnect: () => {
      this.done.push('disconnect');
      return Promise.resolve();
    },
  };

  claim(uplink: NativeUplink): Result<VfioDevice, string> {
    if (this.problem !== null) return err(this.problem);
    if (this.holder !== null && this.holder !== uplink) return err(`dev serves ${this.holder.session} alone`);
    this.holder = uplink;
    return ok(this.#device as VfioDevice);
  }

  receiveFor({ mac }: Station): Promise<void> {
    this.told.push(mac);
    return Promise.resolve();
  }

  leave(uplink: NativeUplink): void {
    if (this.holder === uplink) this.holder = null;
  }

  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    this.#work = done.then(() => undefined);
    return done;
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 10; turn++) await this.#work;
  }
}

const make = (device: FakeUplinkDevice, session = 'vm0', station = STATION) => {
  const link = new FakeLink();
  return { link, uplink: new NativeUplink(session, station, device, link) };
};

describe('The network behind a device, as a session’s own', () => {
  it('is connected with the features of the first ring, once', async () => {
    const device = new FakeUplinkDevice();
    const { uplink } = make(device);
    expect(uplink.state()).toEqual({ connected: false, problem: null });
    uplink.connect(FEATURES);
    uplink.connect(FEATURES);
    await device.settle();
    expect(device.done).toEqual(['connect 100008000']);
    expect(device.told).toEqual([STATION.mac]);
    expect(uplink.state()).toEqual({ connected: true, problem: null });
  });

  it('takes frames for its guest’s address once that was seen, where the endpoint has none', async () => {
    vi.useFakeTimers();
    try {
      const device = new FakeUplinkDevice();
      const seen: string[] = [];
      const { uplink } = make(device, 'vm0', { mac: null, learned: () => seen });
      uplink.connect(FEATURES);
      await device.settle();
      vi.advanceTimersByTime(5000);
      await device.settle();
      expect(device.told).toHaveLength(1);
      seen.push('52:54:00:00:02:00');
      vi.advanceTimersByTime(1000);
      await device.settle();
      expect(device.told).toHaveLength(2);
      expect(vi.getTimerCount()).toBe(0);
      uplink.close();
    } finally {
      vi.useRealTimers();
    }
  });

  it('is connected anew for other features', async () => {
    const device = new FakeUplinkDevice();
    const { uplink } = make(device);
    uplink.connect(FEATURES);
    await device.settle();
    uplink.connect(FEATURES | 1n);
    await device.settle();
    expect(device.done).toEqual(['connect 100008000', 'connect 100008001']);
  });

  it('that the device refuses tells why', async () => {
    const device = new FakeUplinkDevice();
    device.answer = err({ code: 'ring-reset-missing', message: 'It cannot stop one queue alone' });
    const { uplink } = make(device);
    const heard: (string | null)[] = [];
    uplink.onChange(() => heard.push(uplink.state().problem));
    uplink.connect(FEATURES);
    await device.settle();
    expect(heard).toEqual(['It cannot stop one queue alone']);
  });

  it('is another session’s until that ends, and then connected on the next attempt', async () => {
    const device = new FakeUplinkDevice();
    const first = make(device, 'vm0');
    const second = make(device, 'vm1');
    first.uplink.connect(FEATURES);
    second.uplink.connect(FEATURES);
    await device.settle();
    expect(second.uplink.state()).toEqual({ connected: false, problem: 'dev serves vm0 alone' });
    first.uplink.close();
    await device.settle();
    second.uplink.attempt();
    await device.settle();
    expect(device.done).toEqual(['connect 100008000', 'disconnect', 'connect 100008000']);
    expect(second.uplink.state().connected).toBe(true);
  });

  it('waits for a device that cannot be used yet, and asks nothing of it before a ring starts', async () => {
    const device = new FakeUplinkDevice();
    device.problem = 'dev is not bound';
    const { uplink } = make(device);
    uplink.attempt();
    expect(uplink.state().problem).toBeNull();
    uplink.connect(FEATURES);
    expect(uplink.state().problem).toBe('dev is not bound');
    device.problem = null;
    uplink.attempt();
    await device.settle();
    expect(uplink.state()).toEqual({ connected: true, problem: null });
  });

  it('that was lost is connected again', async () => {
    const device = new FakeUplinkDevice();
    const { uplink } = make(device);
    uplink.connect(FEATURES);
    await device.settle();
    const heard: boolean[] = [];
    uplink.onChange(() => heard.push(uplink.state().connected));
    uplink.lost('the device had to be reset');
    expect(uplink.state()).toEqual({ connected: false, problem: 'the device had to be reset' });
    await device.settle();
    expect(heard).toEqual([false, true]);
  });

  it('that is closed while it connects lets go of device and link, and tells nothing more', async () => {
    const device = new FakeUplinkDevice();
    const { uplink, link } = make(device);
    const heard: boolean[] = [];
    uplink.onChange(() => heard.push(uplink.state().connected));
    uplink.connect(FEATURES);
    uplink.close();
    await device.settle();
    expect(device.done).toEqual(['disconnect']);
    expect(device.holder).toBeNull();
    expect(link.closed).toBe(true);
    expect(heard).toEqual([]);
  });
});
