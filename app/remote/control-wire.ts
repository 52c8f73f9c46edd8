/** The way over the control socket of an engine on this machine: one frame per line. */
import { connect } from 'node:net';
import { LineSplitter } from '../../main/base/lines.ts';
import { parseFrame, type OpenWire } from './wire.ts';

/** A snapshot of a thousand sessions fits. */
const LINE_LIMIT = 256 * 1024 * 1024;

export const controlWire =
  (path: string): OpenWire =>
  (listener) =>
    new Promise((resolve) => {
      const socket = connect(path);
      const lines = new LineSplitter(LINE_LIMIT);
      let isOpen = false;
      socket.setEncoding('utf8');
      socket.once('connect', () => {
        isOpen = true;
        resolve({
          wire: {
            send: (frame) => void socket.write(`${JSON.stringify(frame)}\n`),
            close: () => socket.destroy(),
          },
        });
      });
      socket.on('data', (chunk: string) => {
        for (const line of lines.push(chunk)) listener.frame(parseFrame(line));
        if (lines.overflowed) socket.destroy();
      });
      socket.on('error', (error: Error) => {
        if (!isOpen) resolve({ why: error.message });
      });
      socket.on('close', () => {
        if (isOpen) listener.closed();
      });
    });
