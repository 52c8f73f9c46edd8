/**
 * The engine without a window: doors open, one ready line, then events, until a signal or a command ends it.
 */
import { openControlDoor } from '../doors/control.ts';
import type { Door } from '../doors/door.ts';
import { userPlace } from '../doors/private-socket.ts';
import { openWebDoor, type WebDoor } from '../doors/web.ts';
import type { RunningEngine, StartError } from '../compose/running-engine.ts';
import { err, ok, type Result } from '../../main/base/result.ts';
import type { StateEvent } from '../contract/events.ts';
import { eventObjects, feedLine } from './event-lines.ts';
import type { LineOutput } from './line-output.ts';
import { keepYoungHeapSmall } from './young-heap.ts';

export interface HeadlessOptions {
  readonly control: string;
  /** Port of the panel, 0 for any; null: no panel. */
  readonly http: number | null;
  readonly panelRoot: string;
  readonly json: boolean;
}

interface Doors {
  readonly control: Door;
  readonly web: WebDoor | null;
}

/** Opens the doors of a running engine; if one cannot be opened, none stays open. */
async function openDoors(
  engine: RunningEngine,
  { control, http, panelRoot }: HeadlessOptions,
): Promise<Result<Doors, StartError>> {
  const opened = await openControlDoor({ service: engine.service, path: control, uid: userPlace().uid });
  if (!opened.ok) return err({ code: 'not-possible', message: opened.error.message });
  if (http === null) return ok({ control: opened.value, web: null });
  const web = await openWebDoor({ service: engine.service, port: http, panelRoot });
  if (web.ok) return ok({ control: opened.value, web: web.value });
  await opened.value.close();
  return err({ code: 'not-possible', message: web.error.message });
}

function readyLines(engine: RunningEngine, { control, web }: Doors, json: boolean): readonly string[] {
  const { sockets } = engine;
  if (json)
    return [JSON.stringify({ event: 'ready', control: control.address, url: web?.url ?? null, sockets })];
  return [
    ...sockets.map((socket) => `endpoint ${socket}`),
    `control  ${control.address}`,
    `panel    ${web?.url ?? 'off (--http PORT serves it)'}`,
  ];
}

function printEvents(engine: RunningEngine, output: LineOutput, json: boolean): () => void {
  const client = engine.service.connect();
  let readOnly = false;
  client.onState((event: StateEvent) => {
    if (event.kind === 'snapshot') readOnly = event.snapshot.readOnly;
    else if (json) for (const object of eventObjects(event, readOnly)) output.write(JSON.stringify(object));
    else for (const entry of event.feed) output.write(feedLine(entry));
    if (event.kind === 'changed') readOnly = event.readOnly;
  });
  return () => client.dispose();
}

/** Resolves when the engine has ended and nothing of it is left; an error means that it never was ready. */
export async function runHeadless(
  engine: RunningEngine,
  options: HeadlessOptions,
  output: LineOutput,
): Promise<Result<void, StartError>> {
  keepYoungHeapSmall();
  const doors = await openDoors(engine, options);
  if (!doors.ok) {
    await engine.end();
    return doors;
  }
  for (const line of readyLines(engine, doors.value, options.json)) output.write(line);
  const stopPrinting = printEvents(engine, output, options.json);
  await engine.ended;
  // Whoever asked for the end over a door gets its answer before the door closes.
  await new Promise((resolve) => setImmediate(resolve));
  stopPrinting();
  await Promise.all([doors.value.control.close(), doors.value.web?.close()]);
  if (options.json) output.write(JSON.stringify({ event: 'ended' }));
  await output.flush();
  return ok(undefined);
}
