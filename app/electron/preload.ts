/**
 * The panel's only way to the engine inside Electron: JSON frames out, JSON frames in. No logic, no Node,
 * no raw ipcRenderer. Bundled to one CommonJS file because the renderer is sandboxed.
 */
import { contextBridge, ipcRenderer } from 'electron';

contextBridge.exposeInMainWorld('doorbell', {
  /** One frame of app/contract/frames to the engine. */
  send(frame: unknown): void {
    ipcRenderer.send('doorbell:frame', frame);
  },
  /** Every frame from the engine; returns how to stop. */
  subscribe(listener: (frame: unknown) => void): () => void {
    const deliver = (_event: unknown, frame: unknown): void => listener(frame);
    ipcRenderer.on('doorbell:frame', deliver);
    return () => ipcRenderer.removeListener('doorbell:frame', deliver);
  },
});
