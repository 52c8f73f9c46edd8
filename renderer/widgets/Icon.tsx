/** The panel's few signs, drawn on 16×16 with one stroke width. Decoration: the text beside them says it. */
const PATHS = {
  doorbell:
    'M3.5 2h9A1.5 1.5 0 0 1 14 3.5v9a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 2 12.5v-9A1.5 1.5 0 0 1 3.5 2ZM8 10.7a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4Z',
  queues: 'M2 4h12M2 8h12M2 12h12',
  map: 'M1.5 4h3c3 0 4 8 7 8h3M1.5 12h3c3 0 4-8 7-8h3M12.5 2l2 2-2 2M12.5 10l2 2-2 2',
  trace: 'M1.5 8.5H4L6 3l4 10 2-4.5h2.5',
  devices:
    'M5 4.5h6a.5.5 0 0 1 .5.5v6a.5.5 0 0 1-.5.5H5a.5.5 0 0 1-.5-.5V5a.5.5 0 0 1 .5-.5ZM6 4.500v-3M10 4.500v-3M6 14.500v-3M10 14.500v-3M4.5 6h-3M4.5 10h-3M14.5 6h-3M14.5 10h-3M7 7h2v2H7Z',
  lock: 'M4 7h8a.8.8 0 0 1 .8.8v4.900a.8.8 0 0 1-.8.8H4a.8.8 0 0 1-.8-.8V7.800A.8.8 0 0 1 4 7ZM5.3 7V4.800a2.7 2.7 0 0 1 5.4 0V7',
  search: 'M7 11.500a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.3 10.3 14 14',
  copy: 'M6 5.500h7a.7.7 0 0 1 .7.7v7a.7.7 0 0 1-.7.7H6a.7.7 0 0 1-.7-.7v-7a.7.7 0 0 1 .7-.7ZM10.5 3.200V2.800a.7.7 0 0 0-.7-.7H3a.7.7 0 0 0-.7.7v7c0 .4.3.7.7.7h.3',
  close: 'M3.5 3.500l9 9M12.5 3.500l-9 9',
  down: 'M4 6l4 4 4-4',
  right: 'M6 4l4 4-4 4',
  check: 'M3 8.500l3.2 3.200L13 5',
  moving: 'M3 4l4 4-4 4M8.5 4l4 4-4 4',
  still: 'M4 8h8',
  theme:
    'M8 13.500a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM8 2.500v11M8 4.200h3.900M8 6.700h5.300M8 9.200h5.300M8 11.700h3.9',
  arrow: 'M2.5 8h11M10 4.5 13.5 8 10 11.5',
  columns: 'M2.5 3h11v10h-11ZM6.2 3v10M9.800 3v10',
  download: 'M8 2.500v7.500M4.8 7 8 10.200 11.200 7M2.500 13.500h11',
  bell: 'M4 11V7.200a4 4 0 0 1 8 0V11l1.200 1.500H2.800ZM6.800 14h2.400',
  external: 'M6 3.500H3.500v9h9V10M9 3.500h3.500V7M12.5 3.5 7.5 8.5',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({
  name,
  size = 16,
  className,
}: {
  name: IconName;
  size?: number;
  className?: string | undefined;
}) {
  return (
    <svg
      className={className}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.4}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
