/** A virtio-net driver without an operating system: enough to send echo requests and count the answers. */
import type { Bench, Child } from './children.ts';
import { arpReplyMac, arpRequest, echoReply, echoRequest, type Station } from './frames.ts';
import { startQtestQemu, type MachineOptions, type NicOptions } from './qemu.ts';
import { Qmp } from './qmp.ts';
import { Qtest } from './qtest.ts';
import { SplitRing } from './split-ring.ts';
import { FEATURE, VirtioPci } from './virtio-pci.ts';
import { until } from './wait.ts';

const RX = 0;
const TX = 1;
/** Guest address of the RX ring; the TX ring follows. */
const RINGS = 0x10_0000;
const RING_STRIDE = 0x4_0000;
const RING_SIZE = 32;
const RX_BUFFERS = 24;

interface RingPlaces {
  /** In guest memory. */
  readonly rings?: number;
  /** What the device is told is so much higher. */
  readonly iovaShift?: number;
}

export class QtestNic {
  readonly child: Child;
  readonly qtest: Qtest;
  readonly pci: VirtioPci;
  readonly qmpPath: string;
  readonly rx: SplitRing;
  readonly tx: SplitRing;
  readonly station: Station = { mac: '52:54:00:00:00:01', ip: '10.0.0.2' };
  #peer: Station | undefined;
  #sequence = 0;

  private constructor(
    child: Child,
    qtest: Qtest,
    pci: VirtioPci,
    qmpPath: string,
    { rings = RINGS, iovaShift = 0 }: RingPlaces,
  ) {
    this.child = child;
    this.qtest = qtest;
    this.pci = pci;
    this.qmpPath = qmpPath;
    this.rx = new SplitRing(qtest, rings, RING_SIZE, iovaShift);
    this.tx = new SplitRing(qtest, rings + RING_STRIDE, RING_SIZE, iovaShift);
  }

  /** Starts QEMU and finds the device; the driver is not started yet. */
  static async start(
    bench: Bench,
    nic: NicOptions,
    machine: MachineOptions & RingPlaces = {},
  ): Promise<QtestNic> {
    const { child, sockets } = startQtestQemu(bench, nic, machine);
    const qtest = await Qtest.connect(sockets.qtest, child);
    bench.atEnd(() => {
      qtest.close();
    });
    return new QtestNic(child, qtest, await VirtioPci.at(qtest), sockets.qmp, machine);
  }

  async qmp(): Promise<Qmp> {
    return Qmp.connect(this.qmpPath, this.child);
  }

  /** Initialises the device from reset to DRIVER_OK with one queue pair. */
  async startDriver(features = FEATURE.version1 | FEATURE.mrgRxbuf): Promise<void> {
    await this.pci.negotiate(features);
    for (const [index, ring] of [
      [RX, this.rx],
      [TX, this.tx],
    ] as const) {
      await ring.clear();
      await this.pci.setQueue(index, ring.deviceAddresses);
    }
    await this.pci.driverOk();
    await this.rx.offer(RX_BUFFERS);
    await this.pci.notify(RX);
  }

  /** Sends one frame and rings the doorbell once. */
  async send(frame: Buffer): Promise<void> {
    await this.tx.send(frame);
    await this.pci.notify(TX);
  }

  /** Waits for a frame that `pick` accepts; others are dropped. */
  async receive<T>(pick: (frame: Buffer) => T | undefined, timeoutMs = 5000): Promise<T> {
    const found: T[] = [];
    await until(
      'an answer from the network',
      async () => {
        const frames = await this.rx.receive();
        if (frames.length > 0) await this.pci.notify(RX);
        for (const frame of frames) {
          const match = pick(frame);
          if (match !== undefined) found.push(match);
        }
        return found.length > 0;
      },
      timeoutMs,
    );
    const [first] = found;
    if (first === undefined) throw new Error('unreachable');
    return first;
  }

  /** One ICMP echo there and back, payload compared. */
  async ping(ip = '10.0.0.1'): Promise<void> {
    if (this.#peer?.ip !== ip) {
      await this.send(arpRequest(this.station, ip));
      this.#peer = { ip, mac: await this.receive((frame) => arpReplyMac(frame, ip)) };
    }
    const sequence = ++this.#sequence;
    const payload = Buffer.alloc(56, sequence & 0xff);
    await this.send(echoRequest(this.station, this.#peer, sequence, payload));
    const reply = await this.receive((frame) => {
      const echo = echoReply(frame);
      return echo?.sequence === sequence ? echo : undefined;
    });
    if (!reply.payload.equals(payload)) throw new Error(`echo ${sequence} came back changed`);
  }
}
