/**
 * The closed vocabularies that engine, CLI, panel and logs share. A word here is spelled the same way
 * everywhere, so one search finds every layer that knows it.
 */
import { z } from 'zod';

export const Dialect = z.enum(['upstream', 'rfc2018']);
export type Dialect = z.infer<typeof Dialect>;

/** What the operator asked for. Kept per (endpoint, queue index) across sessions; the engine never changes it. */
export const Desired = z.enum(['software', 'accelerated']);
export type Desired = z.infer<typeof Desired>;

/** What is so. `notify`, `interrupt` and who serves the ring follow from it: see `describe`. */
export const Phase = z.enum(['down', 'software', 'arming', 'relay', 'mapped', 'undoing', 'quarantine']);
export type Phase = z.infer<typeof Phase>;

/**
 * Named steps of `arming` (group, prepare, wrap, start, hold, offer) and `undoing` (page-off, ring-back, group-off).
 * `prepare` waits until the device reaches the guest's memory; `wrap` until one that can only start at index 0 may take
 * the ring; `hold` until the front-end unmapped an earlier page.
 */
export const StepName = z.enum([
  'group',
  'prepare',
  'start',
  'hold',
  'offer',
  'wrap',
  'page-off',
  'ring-back',
  'group-off',
]);
export type StepName = z.infer<typeof StepName>;

export const Role = z.enum(['rx', 'tx', 'ctrl']);
export type Role = z.infer<typeof Role>;

/** `lost`: the session ended and its values are the last ones seen, not live ones. */
export const LinkState = z.enum(['waiting', 'connecting', 'connected', 'lost']);
export type LinkState = z.infer<typeof LinkState>;

/** 0 asked · 1 acknowledged · 2 seen in the front-end's maps · 3 proven by traffic, all within one generation. */
export const Evidence = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]);
export type Evidence = z.infer<typeof Evidence>;

/** Why a queue runs other than desired, or stopped. Closed and documented in docs/reasons.md. */
export const REASONS = {
  'bit-not-negotiated': 'The front-end did not negotiate a feature bit that the notify page needs.',
  'no-backend-channel': 'The front-end opened no back-end request channel, so no page can be offered.',
  'no-accelerator': 'No accelerator is configured for this endpoint.',
  'accelerator-unknown': 'The accelerator asked for is not configured.',
  'accelerator-unusable': 'The accelerator cannot be used for now; the queue goes to it as soon as it can.',
  'accelerator-failed': 'The accelerator could not take the ring.',
  'accelerator-lacks-feature': 'The accelerator lacks a feature that was negotiated.',
  'accelerator-busy': 'The accelerator serves another session.',
  'page-not-offered': 'The accelerator has no page of its own for this queue.',
  'page-invalid': 'The accelerator gave a page that fails our own checks; it was never sent.',
  'page-refused': 'The front-end refused to map the notify page.',
  'page-unanswered': 'The front-end did not answer the offer of the notify page in time.',
  'group-refused': 'The front-end refused the VFIO group.',
  'group-unanswered': 'The front-end did not answer the VFIO group, or its deletion, in time.',
  'dialect-unsupported': 'The front-end does not speak the rfc2018 dialect.',
  'removal-unanswered': 'The front-end did not answer the removal of the notify page.',
  'removal-unconfirmable': 'Without REPLY_ACK the removal of the notify page cannot be confirmed.',
  'generation-ended': 'The mapping ended with its ring (GET_VRING_BASE, reset or disconnect).',
  'memory-changed': 'The memory table changed while the accelerator held the ring.',
  'migration-logging': 'The front-end logs dirty pages and the accelerator cannot.',
  'answer-missing':
    'The front-end has not answered an earlier request of this queue; nothing more is asked of it before.',
  'iommu-active': 'A vIOMMU translates the addresses of this VM, and the accelerator would not follow it.',
  'iommu-miss-unanswered':
    'The front-end was asked for a translation of its IOMMU and sent none; the ring waits.',
  'iommu-translation-refused':
    'The front-end has no translation for an address that the guest put into its ring.',
  'iommu-access-denied': 'The IOMMU does not permit the access that the ring needs.',
  'device-fault': 'The accelerator reported a fault.',
  cancelled: 'The operator cancelled the change.',
  'ring-address-invalid': 'A ring address lies outside guest memory or is misaligned.',
  'ring-index-jumped': 'The guest moved the avail index by more than the ring holds.',
  'ring-descriptor-out-of-range': 'The guest named a descriptor beyond the table.',
  'ring-chain-too-long': 'A descriptor chain is longer than the ring, or loops.',
  'ring-buffer-outside-memory': 'A descriptor points outside guest memory.',
  'ring-indirect-invalid': 'An indirect table is nested, empty, misaligned or of a wrong size.',
  'ring-direction-invalid': 'A descriptor is writable where it must be readable, or in the wrong order.',
  'memory-truncated': 'A file behind guest memory was truncated while mapped.',
} as const;
export type ReasonCode = keyof typeof REASONS;
export const ReasonCode = z.enum(Object.keys(REASONS) as [ReasonCode, ...ReasonCode[]]);

/** What traffic showed that the protocol state denies. */
export const CONTRADICTIONS = {
  'kicks-after-ack': 'Kicks still arrive by eventfd although the front-end acknowledged the page.',
  'doorbell-unseen': 'The guest offers descriptors, no kick arrives and the device does not move.',
  'page-rung-by-other': 'Two queues ring the same device page.',
  'mapping-vanished': 'The mapping is gone from the front-end without a message about it.',
} as const;
export type ContradictionCode = keyof typeof CONTRADICTIONS;
export const ContradictionCode = z.enum(
  Object.keys(CONTRADICTIONS) as [ContradictionCode, ...ContradictionCode[]],
);

/** Why a command was not carried out. */
export const ERRORS = {
  'invalid-input': 'The command or its arguments are not of the form that the command table gives.',
  'unknown-session': 'No endpoint has this name.',
  'unknown-queue': 'The endpoint has no queue of this index.',
  'unknown-accelerator': 'No accelerator has this id.',
  'read-only': 'The panel is switched to read-only.',
  'not-connected': 'No front-end is connected to this endpoint.',
  'takes-siblings':
    'The device stops all of its queues as a unit; those that would go to software too are named.',
  'nothing-to-do': 'Nothing is in progress that could be cancelled.',
  'timed-out': 'The queue did not reach the desired state in time.',
  'fell-back': 'The queue runs other than desired.',
  unavailable: 'The engine cannot be reached.',
  internal: 'The engine failed; its log says where.',
} as const;
export type ErrorCode = keyof typeof ERRORS;
export const ErrorCode = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]);
