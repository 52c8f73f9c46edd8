/** The way over the panel's URL, token included, as `doorbell serve --http` prints it. */
import { WebSocket } from 'ws';
import { parseFrame, type OpenWire } from './wire.ts';

/** Where the frames of this panel URL are, and the sub-protocol that carries its token; null if it has none. */
export function framesTarget(text: string): { readonly url: string; readonly protocol: string } | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const token = /^#token=([A-Za-z0-9_-]+)/.exec(url.hash)?.[1];
  if (token === undefined || url.protocol !== 'http:') return null;
  return { url: `ws://${url.host}/frames`, protocol: `doorbell.${token}` };
}

export const webWire =
  (panelUrl: string): OpenWire =>
  (listener) =>
    new Promise((resolve) => {
      const target = framesTarget(panelUrl);
      if (target === null) {
        resolve({ why: 'the URL is not of the form http://HOST:PORT/#token=…' });
        return;
      }
      const socket = new WebSocket(target.url, [target.protocol], { perMessageDeflate: false });
      let isOpen = false;
      socket.once('open', () => {
        isOpen = true;
        resolve({
          wire: { send: (frame) => socket.send(JSON.stringify(frame)), close: () => socket.terminate() },
        });
      });
      socket.on('message', (data, isBinary) => {
        if (!isBinary && Buffer.isBuffer(data)) listener.frame(parseFrame(data.toString('utf8')));
      });
      socket.on('error', (error: Error) => {
        if (!isOpen) resolve({ why: error.message });
      });
      socket.on('close', () => {
        if (isOpen) listener.closed();
      });
    });
