/** The program inside the machine with a vIOMMU. */
import { readFileSync, readlinkSync } from 'node:fs';
import { runCases } from './cases.ts';
import { sendsTheGroup } from './dialect.ts';
import { busyGroup, unfitFunctions } from './errors.ts';
import { deviceFails } from './fault.ts';
import { bind, bindQuickly, FIRST, NO_RING_RESET, SECOND, SHARED_PAGE, THIRD } from './functions.ts';
import { countsHolders, engineKilled } from './groups.ts';
import { forwardsTheLink } from './link.ts';
import { startsMapped } from './passthru.ts';
import { takesFramesOf } from './receives.ts';
import { deviceHasNoPage, frontEndRefuses } from './relay.ts';
import { stopsTogether } from './unit.ts';
import { servesAsUser } from './unprivileged.ts';
import { sameNetwork, wrapsOnOneNetwork } from './uplink.ts';
import { togglesAtTheWrap } from './wrap.ts';

await runCases({
  'the machine has IOMMU groups and a driver for VFIO': async () => {
    const group = readlinkSync('/sys/bus/pci/devices/0000:00:10.0/iommu_group');
    return Promise.resolve(`${group} ${readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim()}`);
  },
  'functions are bound to VFIO by the command': async (bench) => {
    await bind(bench, FIRST);
    await bindQuickly(SHARED_PAGE, SECOND, THIRD, NO_RING_RESET);
    return undefined;
  },
  'a queue starts on the device: page accepted, stores without kicks, interrupts without the engine':
    startsMapped,
  'both queues go to the device at the wrap under traffic and come back, twenty times': togglesAtTheWrap,
  'one network in software and on the device, each queue for itself, back at the exact index': sameNetwork,
  'a queue that goes to the device at the wrap and comes back stays on one network': wrapsOnOneNetwork,
  'the link of the network behind the device reaches the guest’s front-end, in software and on the device':
    forwardsTheLink,
  'a function takes all frames until the guest’s address is known, then those for it': takesFramesOf,
  'a front-end that refuses the page: relay with the reason': frontEndRefuses,
  'a device whose queues share a page: none is offered, relay with the reason': deviceHasNoPage,
  'a device that cannot stop one queue alone: with consent its queues come back together': stopsTogether,
  'a device that fails gives its rings back, and serves the guest’s next start': deviceFails,
  'unfit functions are told apart, with the remedy, and left alone': unfitFunctions,
  'a group that the user may not open, with its remedy; then served, up to the memlock limit': servesAsUser,
  'a group that is open elsewhere is waited for, with its holder named': busyGroup,
  'two guests on two functions: holders right after each step, one guest a group': countsHolders,
  'an engine that was killed leaves its group free once the front-end let go': engineKilled,
  'the rfc2018 dialect with the real group: counted, mapped, rung, released': sendsTheGroup,
});
