/** What the window itself says: rail, status bar, notices. */
export const shellWords = {
  notifications: {
    off: 'Notify: off',
    on: 'Notify: on',
    denied: 'Notify: not allowed',
  },
  notificationsWhy: {
    off: 'Tell the desktop when a queue falls back while this window is hidden.',
    on: 'The desktop is told when a queue falls back while this window is hidden.',
    denied: 'This browser does not permit notifications for the panel; allow them in its settings.',
  },
  fellBack: (first: string, count: number): string =>
    count === 1 ? `${first} fell back` : `${first} and ${count - 1} more fell back`,
} as const;
