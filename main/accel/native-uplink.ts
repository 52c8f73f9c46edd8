/**
 * The network behind a device as one session's own: frames in software pass a ring of the engine's on the device. It is
 * wanted from the session's first ring on, and tried again whenever the device may have become free for it.
 */
import type { DeviceLink, NativeResult, VfioDevice } from '../addon/surface.ts';
import { disposable, type Disposable } from '../base/disposable.ts';
import type { Result } from '../base/result.ts';
import type { Station, Uplink, UplinkState } from '../engine/ports.ts';

/** The device, as its uplinks know it. */
export interface UplinkDevice {
  readonly id: string;
  /** The device is this uplink's from now on, until `leave`; else why it cannot be. */
  claim(uplink: NativeUplink): Result<VfioDevice, string>;
  /** In turn: it takes frames for this guest from now on. */
  receiveFor(station: Station): Promise<void>;
  /** Idempotent. */
  leave(uplink: NativeUplink): void;
  /** What takes the device long: one after the other. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}

/** Between two looks for the address of a guest that has sent nothing yet. */
const LOOK_MS = 1000;

const CLOSED: NativeResult<void> = {
  ok: false,
  error: { code: 'ECANCELED', message: 'The session or the device was closed meanwhile' },
};

export class NativeUplink implements Uplink {
  /** The endpoint's name. */
  readonly session: string;
  readonly link: DeviceLink;
  readonly #station: Station;
  readonly #device: UplinkDevice;
  readonly #listeners = new Set<() => void>();
  #features: bigint | null = null;
  #state: UplinkState = { connected: false, problem: null };
  /** The device, from the first attempt that it was free for until this is closed. */
  #claimed: VfioDevice | null = null;
  #look: NodeJS.Timeout | null = null;
  #closed = false;

  /** Takes the link. */
  constructor(session: string, station: Station, device: UplinkDevice, link: DeviceLink) {
    this.session = session;
    this.#station = station;
    this.#device = device;
    this.link = link;
  }

  get accelerator(): string {
    return this.#device.id;
  }

  state(): UplinkState {
    return this.#state;
  }

  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return disposable(() => this.#listeners.delete(listener));
  }

  connect(features: bigint): void {
    if (this.#features === features) return;
    this.#features = features;
    this.attempt();
  }

  /** The device lost its rings. */
  lost(message: string): void {
    this.#become({ connected: false, problem: message });
    this.attempt();
  }

  /** Once more, where it is wanted: the device may be free now, or have other features to take. */
  attempt(): void {
    const features = this.#features;
    if (this.#closed || features === null) return;
    const claimed = this.#device.claim(this);
    if (!claimed.ok) {
      this.#become({ connected: false, problem: claimed.error });
      return;
    }
    const device = claimed.value;
    this.#claimed = device;
    void this.#device
      .inTurn(async () => {
        const isWanted = (): boolean => !this.#closed && !device.closed && this.#features === features;
        if (isWanted()) await this.#device.receiveFor(this.#station);
        return isWanted() ? device.connect(this.link, features) : CLOSED;
      })
      .then((done) => {
        if (this.#closed || this.#features !== features) return;
        this.#become({ connected: done.ok, problem: done.ok ? null : done.error.message });
        if (done.ok) this.#lookForAddress();
      });
  }

  /** Until the guest's first frame the device takes all of its network's. */
  #lookForAddress(): void {
    if (this.#look !== null || this.#station.mac !== null) return;
    this.#look = setTimeout(() => {
      this.#look = null;
      if (this.#closed || !this.#state.connected) return;
      if (this.#station.learned().length === 0) this.#lookForAddress();
      else void this.#device.inTurn(() => this.#device.receiveFor(this.#station));
    }, LOOK_MS).unref();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#look !== null) clearTimeout(this.#look);
    this.#listeners.clear();
    const device = this.#claimed;
    void this.#device
      .inTurn(async () => {
        if (device?.closed === false) await device.disconnect(this.link);
      })
      .then(() => {
        this.link.close();
        this.#device.leave(this);
      });
  }

  #become(state: UplinkState): void {
    if (state.connected === this.#state.connected && state.problem === this.#state.problem) return;
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}
