/** What the details of a queue say. */
import { nanoseconds } from '../format/numbers.ts';

export const drawerWords = {
  map: 'Map',
  trace: 'Trace',
  parts: 'Parts of the details',
  tabs: {
    overview: 'Overview',
    rings: 'Rings',
    notify: 'Notify',
    interrupt: 'Interrupt',
    history: 'History',
    json: 'JSON',
  },
  ring: 'Ring',
  ringAddresses: 'Addresses, as the front-end sent them',
  guestPhysical: 'guest physical',
  handover: nanoseconds,
  interruptPath: 'Interrupt path now',
  interrupts: {
    none: 'Nobody interrupts the guest: the ring is not served.',
    engine: 'The engine signals the call eventfd after its worker used descriptors.',
    direct: 'The accelerator signals the call eventfd; the engine writes nothing.',
  },
  interruptEvidence: ['0 asked', '1 acknowledged', '2 seen', '3 proven by traffic'],
  record: 'Record',
} as const;
