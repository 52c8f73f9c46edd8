import type { Memory } from '../addon/surface.ts';
import type { MappedMemory } from '../engine/ports.ts';

/** A mapped table as the rings of the same data path take it. */
export class NativeMemory implements MappedMemory {
  readonly memory: Memory;

  /** Takes the memory. */
  constructor(memory: Memory) {
    this.memory = memory;
  }

  close(): void {
    this.memory.close();
  }
}
