/** What a person can do about each reason; shown beside it and listed in docs/reasons.md. */
import type { ReasonCode } from './words.ts';

const PAGE_DEVICE =
  'Start the VMM with `-device virtio-net-pci,page-per-vq=on,disable-legacy=on`: it maps one page per queue.';
const GUEST_DRIVER = 'The guest driver broke this ring; reset or re-bind the device in the guest.';

export const REMEDIES: Readonly<Record<ReasonCode, string>> = {
  'bit-not-negotiated':
    'Use a VMM and device that support VHOST_USER_PROTOCOL_F_HOST_NOTIFIER and VIRTIO_F_VERSION_1; the queue goes on in software or relay.',
  'no-backend-channel':
    'Use a VMM that opens the back-end channel (QEMU does; DPDK virtio-user and user-mode Linux do not support notify pages).',
  'no-accelerator': 'Configure one with `--accelerator emulated`.',
  'accelerator-unknown': 'Choose an id that `doorbell status` lists under accelerators.',
  'accelerator-unusable':
    'Follow the remedy that Devices or `doorbell status` shows for the accelerator; the rest happens by itself.',
  'accelerator-failed': 'Look at the message; then retry by setting the queue to accelerated again.',
  'accelerator-lacks-feature':
    'Turn the named feature off in the VMM device, or choose another accelerator with `--on`.',
  'accelerator-busy': 'Set the queue of its holder to software first, or choose another accelerator.',
  'page-not-offered': 'Use an accelerator with one notify page per queue; until then kicks are relayed.',
  'page-invalid': 'The page size of this machine does not fit the device; nothing was sent to the VMM.',
  'page-refused': `${PAGE_DEVICE} Then retry.`,
  'page-unanswered': 'The VMM may be stopped; when it runs again, retry.',
  'group-refused': 'The VMM does not take VFIO groups; use the upstream dialect.',
  'group-unanswered': 'The VMM may be stopped; when it runs again, retry.',
  'dialect-unsupported': 'Set `dialect=upstream` on this endpoint.',
  'removal-unanswered':
    'The VMM may be stopped. The ring is guarded until the VMM answers or disconnects, or stops a ring whose offer it answered.',
  'removal-unconfirmable':
    'The ring is guarded until the VMM stops it or disconnects; use a VMM that negotiates REPLY_ACK.',
  'generation-ended': 'Nothing: it is armed again when the guest starts the ring.',
  'memory-changed': 'Nothing: it is armed again by itself; retry if it was not.',
  'migration-logging': 'Wait until the migration ended, then retry.',
  'answer-missing':
    'The VMM may be stopped or hang. The change goes on by itself when the answer comes; if none ever comes, restart the VMM.',
  'iommu-active':
    'Start the VMM without `iommu_platform=on` on this device, or leave the queue in software, which follows the vIOMMU.',
  'iommu-miss-unanswered':
    'The VMM may be stopped or hang; the ring goes on by itself when the translation comes.',
  'iommu-translation-refused': GUEST_DRIVER,
  'iommu-access-denied': GUEST_DRIVER,
  'device-fault': 'Look at the message and the kernel log; then retry, or leave the queue in software.',
  cancelled: 'Set the queue to accelerated again when wanted.',
  'ring-address-invalid': GUEST_DRIVER,
  'ring-index-jumped': GUEST_DRIVER,
  'ring-descriptor-out-of-range': GUEST_DRIVER,
  'ring-chain-too-long': GUEST_DRIVER,
  'ring-buffer-outside-memory': GUEST_DRIVER,
  'ring-indirect-invalid': GUEST_DRIVER,
  'ring-direction-invalid': GUEST_DRIVER,
  'memory-truncated': 'Restart the VMM: the file behind its memory was truncated while in use.',
};
