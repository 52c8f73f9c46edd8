/**
 * Breaks a command line before its options, so that it can be shown in a row whose height is known beforehand.
 * Joining the lines by one blank gives the command back exactly.
 */
export function breakCommand(command: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const part of command.split(/ (?=-)/)) {
    if (line === '') line = part;
    else if (line.length + 1 + part.length <= columns) line = `${line} ${part}`;
    else {
      lines.push(line);
      line = part;
    }
  }
  return line === '' ? lines : [...lines, line];
}
