/** Connections that end anywhere: the next one is served. */
import { FRONTEND } from '../../wire/table/frontend.ts';
import type { Bench } from '../bench.ts';
import { SECTION, type Check } from '../check.ts';
import { frameOf } from '../link.ts';
import { NEED_REPLY, VERSION } from '../talk.ts';
import { WHOLE_RAM } from '../front-end.ts';
import { verdictOf, type Verdict } from '../verdict.ts';

const RULE =
  'The front-end closes the connection on a wrong reply; a reconnection mechanism can be implemented.';

/** Whether a new front-end is served from start to a completed request. */
async function servesAgain(bench: Bench): Promise<Verdict> {
  bench.capture.event('a new connection');
  if (!bench.device().ok) return verdictOf(await bench.connect());
  const running = await bench.running();
  if (!running.ok) return running.error;
  const { frontEnd, device, ring } = running.value;
  return verdictOf(await frontEnd.work(device, ring));
}

/** SET_MEM_TABLE up to its byte `length`, with its fd. */
const cutAt = (length: number): Check => ({
  id: `end-after-${length}-bytes`,
  title: `A connection that ends ${length} bytes into SET_MEM_TABLE leaves a back-end that serves the next`,
  section: SECTION.communication,
  rule: RULE,
  level: 'must',
  run: async (bench) => {
    const frontEnd = await bench.negotiated();
    if (!frontEnd.ok) return frontEnd.error;
    const { talk, capture } = frontEnd.value;
    const body = FRONTEND.SET_MEM_TABLE.payload.encode({ regions: [WHOLE_RAM] });
    const bytes = frameOf({ request: FRONTEND.SET_MEM_TABLE.id, flags: VERSION | NEED_REPLY, body });
    capture.event(
      `SET_MEM_TABLE, its first ${length} of ${bytes.byteLength} bytes with its fd, then the end`,
    );
    talk.link.sendBytes(bytes.subarray(0, length), [frontEnd.value.ramFile()]);
    frontEnd.value.close();
    return servesAgain(bench);
  },
});

export const disconnectChecks: readonly Check[] = [
  cutAt(3),
  cutAt(12),
  cutAt(30),
  {
    id: 'end-while-owing-a-reply',
    title: 'A connection that ends before its reply leaves a back-end that serves the next',
    section: SECTION.communication,
    rule: RULE,
    level: 'must',
    run: async (bench) => {
      const frontEnd = await bench.negotiated();
      if (!frontEnd.ok) return frontEnd.error;
      frontEnd.value.talk.send('GET_FEATURES', null);
      frontEnd.value.close();
      return servesAgain(bench);
    },
  },
  {
    id: 'end-while-running',
    title:
      'A connection that ends with running rings and work in them leaves a back-end that serves the next',
    section: SECTION.communication,
    rule: RULE,
    level: 'must',
    run: async (bench) => {
      const running = await bench.running();
      if (!running.ok) return running.error;
      const { frontEnd, device, ring } = running.value;
      for (let given = 0; given < 8; given++) ring.add(frontEnd.request(device));
      ring.kick();
      frontEnd.close();
      return servesAgain(bench);
    },
  },
];
