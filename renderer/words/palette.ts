/** What the palette says around its commands, and a button that copies. */
export const paletteWords = {
  title: 'Commands',
  field: 'Command, screen or queue',
  placeholder: 'Go to a screen or a queue, such as web-01 q3',
  none: 'Nothing matches.',
} as const;

export const copyWords = {
  none: (what: string): string => `Copy ${what}`,
  copied: (what: string): string => `Copied ${what}`,
  failed: (what: string): string => `Not allowed to copy ${what}`,
  of: (words: string, whose: string): string => `${words} for ${whose}`,
} as const;
