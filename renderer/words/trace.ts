/** What the place of the trace says. */
export const traceWords = {
  title: 'Trace',
  loading: 'Connecting to the engine',
  all: 'All VMs',
  showAll: 'All queues',
  openMap: 'Open in the notify map',
  details: 'Details',
  source: 'the engine’s events and each queue’s last transitions',
  kept: 'A place kept: this version does not record the messages on the wire, so nothing of them is shown, decoded or exported here.',
  columns: ['#', 'time UTC', 'VM', 'q', 'event', 'info'],
  none: 'Nothing has happened to it yet.',
} as const;
