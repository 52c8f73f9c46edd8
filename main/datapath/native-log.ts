import type { DirtyLog } from '../addon/surface.ts';
import type { MappedLog } from '../engine/ports.ts';

/** A mapped bitmap of dirty pages as the rings of the same data path take it. */
export class NativeLog implements MappedLog {
  readonly log: DirtyLog;

  /** Takes the log. */
  constructor(log: DirtyLog) {
    this.log = log;
  }

  close(): void {
    this.log.close();
  }
}
