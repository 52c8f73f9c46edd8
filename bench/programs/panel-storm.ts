/**
 * The service and the web door of an engine whose queues change on command, for the bench of the panel. Reads lines
 * `storm EVENTS_PER_SECOND MILLISECONDS` and answers each with {"storm":{"sent":…,"events":[[queue, generation, ms since
 * the epoch],…]}}.
 */
import { createInterface } from 'node:readline';
import { openWebDoor } from '../../app/doors/web.ts';
import { EngineService } from '../../main/service/service.ts';
import { mappedLanes } from '../../tests/panel/fake/map-pictures.ts';
import { StormEngine } from '../../tests/panel/fake/storm-engine.ts';

const [panelRoot] = process.argv.slice(2);
if (panelRoot === undefined) throw new Error('usage: panel-storm PANEL_ROOT');

const engine = new StormEngine(mappedLanes());
const service = new EngineService({
  engine,
  end: () => engine.end(),
  version: 'bench',
  pid: process.pid,
  startedAt: Date.now(),
});
const door = await openWebDoor({ service, port: 0, panelRoot });
if (!door.ok) throw new Error(door.error.message);
console.log(JSON.stringify({ url: door.value.url }));

for await (const line of createInterface({ input: process.stdin })) {
  const [, perSecond, ms] = /^storm (\d+) (\d+)$/.exec(line) ?? [];
  if (perSecond === undefined || ms === undefined) throw new Error(`not a storm: ${line}`);
  const events: (readonly [number, number, number])[] = [];
  const sent = await engine.run(Number(perSecond), Number(ms), ({ index, generation }) => {
    events.push([index, generation, performance.timeOrigin + performance.now()]);
  });
  console.log(JSON.stringify({ storm: { sent, events } }));
}
