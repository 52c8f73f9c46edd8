/** Every check, in the order in which they run: from the header to the end of the connection. */
import type { Check } from '../check.ts';
import { acknowledgementChecks } from './acknowledgement.ts';
import { backEndChannelChecks } from './back-end-channel.ts';
import { disconnectChecks } from './disconnect.ts';
import { fdChecks } from './fds.ts';
import { featureChecks } from './features.ts';
import { headerChecks } from './header.ts';
import { multiQueueChecks } from './multi-queue.ts';
import { optionalChecks } from './optional.ts';
import { ringChangeChecks } from './ring-change.ts';
import { ringStartChecks } from './ring-start.ts';
import { ringStopChecks } from './ring-stop.ts';

export const CHECKS: readonly Check[] = [
  ...headerChecks,
  ...featureChecks,
  ...acknowledgementChecks,
  ...fdChecks,
  ...multiQueueChecks,
  ...ringStartChecks,
  ...ringStopChecks,
  ...ringChangeChecks,
  ...optionalChecks,
  ...backEndChannelChecks,
  ...disconnectChecks,
];
