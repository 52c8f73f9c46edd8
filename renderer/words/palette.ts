/** What the palette says around its commands, and a button that copies. */
export const paletteWords = {
  title: 'Commands',
  field: 'Command, screen or queue',
  placeholder: 'Go to a screen or a queue, such as web-01 q3',
  none: 'Nothing matches.',
} as const;

export const copyWords = { none: 'Copy', copied: 'Copied', failed: 'Not allowed' } as const;
