import type { Brand } from '../base/brand.ts';

/** An fd that came with a request of the back-end; the runner owns the table from id to handle. */
export type FdId = Brand<number, 'VmmFdId'>;
export const fdId = (value: number): FdId => value as FdId;

/** One call of connect, start, stop or reset; each is completed exactly once. */
export type OperationId = Brand<number, 'VmmOperationId'>;
export const operationId = (value: number): OperationId => value as OperationId;
