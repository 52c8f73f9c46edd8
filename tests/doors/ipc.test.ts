import { EventEmitter } from 'node:events';
import type { IpcMain, IpcMainEvent } from 'electron';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { openIpcDoor, type IpcDoor } from '../../app/doors/ipc.ts';
import { EngineService } from '../../main/service/service.ts';
import { FakeEngine, fakeSession } from '../../main/service/testing/fake-engine.ts';

const CHANNEL = 'doorbell:frame';
const PANEL = 'app://panel/index.html';

/** A window's contents as far as the door looks at them. */
class Contents extends EventEmitter {
  readonly sent: string[] = [];
  destroyed = false;

  isDestroyed(): boolean {
    return this.destroyed;
  }
  send(_channel: string, frame: string): void {
    this.sent.push(frame);
  }
}

let ipcMain: EventEmitter;
let engine: FakeEngine;
let refused: string[];
let door: IpcDoor;
let contents: Contents;

beforeEach(() => {
  ipcMain = new EventEmitter();
  engine = new FakeEngine([fakeSession('vm0')]);
  const service = new EngineService({ engine, version: '0', pid: 1, startedAt: 0, end: () => engine.end() });
  refused = [];
  contents = new Contents();
  door = openIpcDoor({
    ipcMain: ipcMain as unknown as IpcMain,
    service,
    origin: 'app://panel',
    onRefused: (url) => refused.push(url),
  });
});

function send(frame: unknown, url = PANEL, parent: object | null = null): void {
  const event = { sender: contents, senderFrame: { url, parent } } as unknown as IpcMainEvent;
  ipcMain.emit(CHANNEL, event, frame);
}

const until = (condition: () => boolean): Promise<unknown> =>
  vi.waitUntil(condition, { timeout: 2000, interval: 2 });

describe('the ipc door', () => {
  test('answers the panel with JSON text, whether it sent an object or text', async () => {
    send({ kind: 'call', id: 1, name: 'status.get', input: {} });
    send('{"kind":"call","id":2,"name":"status.get","input":{}}');
    await until(() => contents.sent.length === 2);
    expect(contents.sent.map((text) => JSON.parse(text) as unknown)).toMatchObject([
      { kind: 'result', id: 1, value: { sessions: [{ name: 'vm0' }] } },
      { kind: 'result', id: 2 },
    ]);
  });

  test.each([
    ['another origin', 'https://evil.example/', null],
    ['an origin that only begins like ours', 'app://panel.evil/index.html', null],
    ['a frame inside our page', PANEL, {}],
  ])('hears nothing from %s', (_name, url, parent) => {
    send({ kind: 'subscribe' }, url, parent);
    expect(refused).toEqual([url]);
    expect(engine.listeners).toBe(0);
  });

  test('hears nothing from a frame that is gone', () => {
    ipcMain.emit(CHANNEL, { sender: contents, senderFrame: null }, { kind: 'subscribe' });
    expect(refused).toHaveLength(1);
  });

  test('ends the subscriptions of a page that is left, not those of one that moves within itself', async () => {
    send({ kind: 'subscribe' });
    await until(() => contents.sent.length === 1);
    contents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: true });
    expect(engine.listeners).toBe(1);
    contents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false });
    expect(engine.listeners).toBe(0);
    expect(contents.eventNames()).toEqual([]);
  });

  test('ends the subscriptions of a window that is destroyed', () => {
    send({ kind: 'subscribe' });
    contents.destroyed = true;
    contents.emit('destroyed');
    expect(engine.listeners).toBe(0);
    expect(contents.sent).toEqual([]);
  });

  test('hears nothing once closed', () => {
    send({ kind: 'subscribe' });
    door.close();
    expect(engine.listeners).toBe(0);
    expect(ipcMain.listenerCount(CHANNEL)).toBe(0);
  });
});
