/** What a case that hands rings over at the wrap counted, in its verdict: the host holds the capture against it. */
import { z } from 'zod';

const WrapFigures = z.object({
  cycles: z.number(),
  /** Frames that the guest sent: each is in exactly one of the next three. */
  sent: z.number(),
  byDevice: z.number(),
  echoed: z.number(),
  dropped: z.number(),
  /** Of each change of owner. */
  blackoutsMs: z.array(z.number()),
});
export type WrapFigures = z.infer<typeof WrapFigures>;

export const wrapFigures = (figures: WrapFigures): string => JSON.stringify(figures);

/** Of a case whose guest is on the device's network all the time. */
const UplinkFigures = z.object({
  /** Frames that the guest sent, and those of them that the device took from its ring. */
  sent: z.number(),
  byDevice: z.number(),
  /** Of each change of owner, to the device and back. */
  blackoutsMs: z.array(z.number()),
});
export type UplinkFigures = z.infer<typeof UplinkFigures>;

export const uplinkFigures = (figures: UplinkFigures): string => JSON.stringify(figures);

export const readUplinkFigures = (detail: string): UplinkFigures => UplinkFigures.parse(JSON.parse(detail));

export const readWrapFigures = (detail: string): WrapFigures => WrapFigures.parse(JSON.parse(detail));
