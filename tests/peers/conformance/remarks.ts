/** What was seen when each finding was read again by hand, beside the specification and the exchange. */
export type BackEndName = 'storage-daemon' | 'net-vhost';

const UNASKED =
  'The extension was not negotiated, so the front-end does not expect an acknowledgement and takes it for the next reply. Front-ends that set need_reply only after negotiation do not notice.';
const VERSION =
  'The specification does not say what happens with another version; only version 1 exists, so nothing depends on it today.';
const REPLY_BIT = 'The specification does not say it; a front-end never sends this.';
const GATE =
  'The answer 0 tells a front-end that the request was carried out. The daemon acknowledges what it has no handler for, after it has marked the connection as broken: the connection ends next.';
const FAILED_AND_ACKNOWLEDGED =
  'Whatever a handler reports as an error ends the connection, but the acknowledgement that goes out before has the payload 0, which means success.';
const FAR =
  'The queue does not exist by its own answer to GET_QUEUE_NUM; the index is held against the size of an array.';

export const REMARKS: Readonly<Record<BackEndName, Readonly<Record<string, string>>>> = {
  'storage-daemon': {
    'reply-flags-when-asked':
      'True. The flags of the request are sent back with the reply bit added; need_reply stays set. QEMU as front-end refuses such a reply, and never sees one, as it does not ask where a reply comes anyway.',
    'one-reply-only': 'The same as `reply-flags-when-asked`: one reply comes, its flags are wrong.',
    'unknown-version': VERSION,
    'reply-as-request': REPLY_BIT,
    'features-not-offered': FAILED_AND_ACKNOWLEDGED,
    'protocol-features-not-offered':
      'Unknown bits are stored as they are. Nothing follows from them; the acknowledgement is misleading.',
    'gate-send-rarp': GATE,
    'gate-net-set-mtu': GATE,
    'gate-set-vring-endian': GATE,
    'gate-vring-kick': 'Handled, though the feature was not offered: the ring is looked at.',
    'gate-reset-device': GATE,
    'gate-set-status': GATE,
    'no-ack-before-negotiation': UNASKED,
    'no-ack-declined': UNASKED,
    'unknown-request':
      'Allowed by the letter (“may also close the connection”), against its spirit (“exceptional circumstances”).',
    'unknown-request-asked': FAILED_AND_ACKNOWLEDGED,
    'wrong-size': 'Sizes are not checked: the missing bytes are what was in the buffer before.',
    'kick-without-fd': FAILED_AND_ACKNOWLEDGED,
    'kick-with-two-fds': FAILED_AND_ACKNOWLEDGED,
    'owner-with-fd':
      'True, and the surplus fd is not closed: each such message costs the daemon one fd for as long as it runs (seen in its `/proc/PID/fd`).',
    'table-with-too-few-fds': FAILED_AND_ACKNOWLEDGED,
    'table-not-mappable': FAILED_AND_ACKNOWLEDGED,
    'far-num': 'True, and it ends the process: the index is not checked before it is used.',
    'far-base': 'True, and it ends the process: the index is not checked before it is used.',
    'far-enable': FAILED_AND_ACKNOWLEDGED,
    'far-kick': FAILED_AND_ACKNOWLEDGED,
    'far-call': FAILED_AND_ACKNOWLEDGED,
    'queue-after-the-last':
      'True, and it ends the process: the index is not checked, the place of that queue lies behind the array, and the heap is broken.',
    'num-not-a-power-of-two': 'Taken as it is.',
    'num-zero': 'Taken as it is.',
    'call-fd-taken-away':
      'True. The first completion after it is told by a write to an fd that is not there, the write fails, and the device counts as broken from then on. A front-end that polls cannot use it.',
    'table-refused': FAILED_AND_ACKNOWLEDGED,
    'remove-unknown-region': FAILED_AND_ACKNOWLEDGED,
    'back-end-channel-is-a-socket': 'What it is given is used only when it has something to say.',
    'set-config-read-only':
      'The write is refused within and the connection ends; the acknowledgement that goes out before has the payload 0, which means success.',
  },
  'net-vhost': {
    'header-in-pieces':
      'It wants the twelve bytes in one piece. Front-ends send them so, and a local socket keeps them together.',
    'unknown-version': VERSION,
    'reply-as-request': REPLY_BIT,
    'no-ack-before-negotiation': UNASKED,
    'no-ack-declined': UNASKED,
    'unknown-request':
      'Allowed by the letter (“may also close the connection”), against its spirit (“exceptional circumstances”).',
    'wrong-size': 'Sizes are not checked here: the missing bytes are what was in the buffer before.',
    'far-kick': FAR,
    'far-call': FAR,
    'disabled-ring-has-no-effect':
      'True of the letter: a ring that is not enabled is not served at all, so frames wait instead of being discarded. Front-ends that enable before they send do not notice.',
    'ring-by-itself':
      'The device starts when both rings of its first pair are ready. All known front-ends set up both.',
    'stop-is-of-one-ring':
      'True: the first GET_VRING_BASE stops the device, its other rings too. Front-ends that stop all rings one after another do not notice.',
    'table-refused':
      'True, and it ends the process: the old table is released before the new one is mapped, and the rings go on in what is no longer there.',
    'status-zero-is-reset': 'The status is kept and shown; a reset is left to GET_VRING_BASE.',
    'back-end-channel-is-a-socket': 'What it is given is used only when it has something to say.',
  },
};
