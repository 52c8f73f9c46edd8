/** Sizes of the map at 100 %, pixels: one queue column and four cells with a link between each two. */
export const GUTTER = 16;
export const FIRST_CELL = 128;
export const CELL_WIDTH = 176;
export const CELL_HEIGHT = 44;
export const LINK = 56;
export const LANE = 63;
export const CELL_TOP = 5;
/** Where links run, from the top of a lane. */
export const AXIS = CELL_TOP + CELL_HEIGHT / 2;
export const WIDTH = FIRST_CELL + 4 * CELL_WIDTH + 3 * LINK + GUTTER;

/** Left edge of a cell. */
export const cellX = (place: number): number => FIRST_CELL + place * (CELL_WIDTH + LINK);
/** Where a link begins; it is LINK long. */
export const linkX = (link: number): number => cellX(link) + CELL_WIDTH;

/** Characters of the title's monospaced face, and about as many of the detail's, that fit into a cell. */
const TITLE = 22;
const DETAIL = 27;

const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;
export const cutTitle = (text: string): string => cut(text, TITLE);
export const cutDetail = (text: string): string => cut(text, DETAIL);

/** Which lanes of a list are in sight, with some to either side. `end` is exclusive. */
export function windowOf(
  count: number,
  scrollTop: number,
  height: number,
  lane: number,
): { readonly start: number; readonly end: number } {
  const spare = 3;
  const start = Math.max(0, Math.floor(scrollTop / lane) - spare);
  return { start, end: Math.min(count, Math.ceil((scrollTop + height) / lane) + spare) };
}
