/** What a case inside the machine asks of the host on the console: to do what only somebody outside of it can. */
import { z } from 'zod';

const MARK = 'request: ';

export const HostRequest = z.object({
  kind: z.literal('set-link'),
  /** Position among the machine's functions. */
  nic: z.number().int().nonnegative(),
  up: z.boolean(),
});
export type HostRequest = z.infer<typeof HostRequest>;

export function askHost(request: HostRequest): void {
  console.log(MARK + JSON.stringify(request));
}

/** Of a console so far, in order. A line that is not whole yet is none, and neither is one that a kernel message cut. */
export function readRequests(console: string): readonly HostRequest[] {
  return [...console.matchAll(/request: (\{[^{}]*\})\r?\n/g)].flatMap(([, text = '']) => {
    const request = HostRequest.safeParse(fromJson(text));
    return request.success ? [request.data] : [];
  });
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
