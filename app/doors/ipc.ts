/**
 * The door of the desktop shell and the one user of ipcMain (which is passed in: this file only knows its
 * type). A frame counts only when the main frame of a window on our own origin sent it.
 */
import type { IpcMain, IpcMainEvent, WebContents } from 'electron';
import type { Service } from '../contract/service.ts';
import { FrameConnection } from './frames.ts';

/** The one channel, both ways: contract frames, JSON text from the engine. */
const CHANNEL = 'doorbell:frame';

export interface IpcDoorOptions {
  readonly ipcMain: Pick<IpcMain, 'on' | 'off'>;
  readonly service: Service;
  /** Origin of the panel, such as `app://panel`. */
  readonly origin: string;
  /** Told once per refused sender. */
  readonly onRefused: (url: string) => void;
}

export interface IpcDoor {
  close(): void;
}

interface Window {
  readonly connection: FrameConnection;
  readonly release: () => void;
}

export function openIpcDoor({ ipcMain, service, origin, onRefused }: IpcDoorOptions): IpcDoor {
  const windows = new Map<WebContents, Window>();

  const drop = (contents: WebContents): void => {
    windows.get(contents)?.release();
    windows.delete(contents);
  };

  const connect = (contents: WebContents): FrameConnection => {
    const connection = new FrameConnection(service, {
      send: (frame) => {
        if (!contents.isDestroyed()) contents.send(CHANNEL, frame);
      },
      // Chromium tells nobody how much of this a window has read.
      unread: () => 0,
      close: () => drop(contents),
    });
    const gone = (): void => drop(contents);
    // A reloaded page is a new client: the subscriptions of the old one end with it.
    const navigated = (details: { isMainFrame: boolean; isSameDocument: boolean }): void => {
      if (details.isMainFrame && !details.isSameDocument) drop(contents);
    };
    contents.on('destroyed', gone);
    contents.on('did-start-navigation', navigated);
    const release = (): void => {
      contents.off('destroyed', gone);
      contents.off('did-start-navigation', navigated);
      connection.close();
    };
    windows.set(contents, { connection, release });
    return connection;
  };

  const onFrame = (event: IpcMainEvent, frame: unknown): void => {
    if (!isPanel(event, origin)) {
      onRefused(event.senderFrame?.url ?? 'a frame that is gone');
      return;
    }
    const connection = windows.get(event.sender)?.connection ?? connect(event.sender);
    if (typeof frame === 'string') connection.receiveText(frame);
    else connection.receive(frame);
  };

  ipcMain.on(CHANNEL, onFrame);
  return {
    close() {
      ipcMain.off(CHANNEL, onFrame);
      for (const contents of [...windows.keys()]) drop(contents);
    },
  };
}

function isPanel(event: IpcMainEvent, origin: string): boolean {
  const frame = event.senderFrame;
  return frame !== null && frame.parent === null && frame.url.startsWith(`${origin}/`);
}
