/** What `doorbell` promises to other programs, as they would read it. */
import { z } from 'zod';

const Hex = z.string().regex(/^0x[0-9a-f]+$/);
const Counter = z.number().nullable();

export const Ready = z.object({
  event: z.literal('ready'),
  control: z.string(),
  url: z.string().nullable(),
  sockets: z.array(z.string()),
});

export const StatusQueue = z.object({
  index: z.number(),
  role: z.enum(['rx', 'tx', 'ctrl']),
  size: z.number().nullable(),
  started: z.boolean(),
  desired: z.enum(['software', 'accelerated']),
  phase: z.enum(['down', 'software', 'arming', 'relay', 'mapped', 'undoing', 'quarantine']),
  notify: z.enum(['none', 'eventfd', 'relay', 'mapped']),
  interrupt: z.enum(['none', 'engine', 'direct']),
  evidence: z.number().min(0).max(3),
  interruptEvidence: z.number().min(0).max(3),
  generation: z.number(),
  reason: z.object({ code: z.string(), message: z.string() }).nullable(),
  accelerator: z.string().nullable(),
  group: z.object({ id: z.string(), holders: z.number(), sent: z.boolean() }).nullable(),
  notifyRegion: z.object({ mapped: z.boolean().nullable(), offset: Hex, size: Hex }).nullable(),
  counters: z.object({
    kicks: Counter,
    doorbells: Counter,
    interrupts: Counter,
    calls: Counter,
    engineDescriptors: Counter,
    deviceDescriptors: Counter,
  }),
});
export type StatusQueue = z.infer<typeof StatusQueue>;

export const StatusSession = z.object({
  name: z.string(),
  state: z.enum(['waiting', 'connecting', 'connected', 'lost']),
  dialect: z.enum(['upstream', 'rfc2018']),
  peer: z.object({ pid: z.number() }).nullable(),
  mac: z.string().nullable(),
  uplink: z
    .object({ accelerator: z.string(), connected: z.boolean(), problem: z.string().nullable() })
    .nullable(),
  features: z.object({ virtio: Hex, protocol: Hex }).nullable(),
  queues: z.array(StatusQueue),
});
export type StatusSession = z.infer<typeof StatusSession>;

export const Status = z.object({
  sessions: z.array(StatusSession),
  accelerators: z.array(z.looseObject({ id: z.string() })),
  network: z.object({
    sinkFrames: z.number(),
    sinkBytes: z.number(),
    answered: z.number(),
    dropped: z.number(),
  }),
});
export type Status = z.infer<typeof Status>;
