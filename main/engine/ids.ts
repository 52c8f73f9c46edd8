/**
 * Names for what the state machine may speak of but never holds: the runner keeps the table from id to
 * handle. Ids are never used twice within a session.
 */
import type { Brand } from '../base/brand.ts';

/** An fd that arrived with a message. */
export type FdId = Brand<number, 'FdId'>;
/** A mapped memory table: one generation. */
export type MemoryId = Brand<number, 'MemoryId'>;
/** A notify page taken from an accelerator, with the fd that may be handed out for it. */
export type AreaId = Brand<number, 'AreaId'>;
/** A mapped bitmap of dirty pages. */
export type LogId = Brand<number, 'LogId'>;
/** One effect that reports back: an operation on a ring, a timer, a request to the front-end. */
export type EffectId = Brand<number, 'EffectId'>;

export const fdId = (value: number): FdId => value as FdId;
export const memoryId = (value: number): MemoryId => value as MemoryId;
export const areaId = (value: number): AreaId => value as AreaId;
export const logId = (value: number): LogId => value as LogId;
export const effectId = (value: number): EffectId => value as EffectId;
