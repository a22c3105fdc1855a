/**
 * A block of lines at the bottom of a terminal that is drawn again in place, while permanent lines
 * go above it. Only what changed is written, in one synchronised update (DEC mode 2026), so that it
 * neither flickers nor costs anything while nothing changes.
 */
export interface LiveBlock {
  /**
   * The block shows these lines from now on; none takes it away. Each must fit the width; those that
   * do not fit the height are left out, and that is said: nothing above the window can be redrawn.
   */
  draw(lines: readonly string[]): void;
  /** Writes something permanent above the block. */
  above(write: () => void): void;
}

const begin = "\x1b[?2026h";
const end = "\x1b[?2026l";

/** @param rows how high the window is now; undefined when that is not known */
export function createLiveBlock(
  write: (text: string) => void,
  rows: () => number | undefined,
): LiveBlock {
  let shown: readonly string[] = [];
  // The line of the cursor is below the block.
  const room = (): number => Math.max(1, (rows() ?? Number.POSITIVE_INFINITY) - 1);
  // Line by line: a terminal may keep a screen that is cleared whole in its history.
  const back = (): string =>
    shown.length === 0 ? "" : `\x1b[${Math.min(shown.length, room())}A\r`;
  const block = (lines: readonly string[]): string =>
    lines.map((line) => `\x1b[2K${line}\n`).join("");
  return {
    draw(wanted) {
      const lines = fitting(wanted, room());
      if (lines.length === shown.length && lines.every((line, at) => line === shown[at])) return;
      const below = lines.length < shown.length ? "\x1b[J" : "";
      write(`${begin}${back()}${block(lines)}${below}${end}`);
      shown = lines;
    },
    above(print) {
      if (shown.length === 0) return print();
      write(`${begin}${back()}${block(shown.map(() => ""))}${back()}`);
      print();
      write(`${block(shown)}${end}`);
    },
  };
}

function fitting(lines: readonly string[], room: number): readonly string[] {
  if (lines.length <= room) return lines;
  const left = lines.length - room + 1;
  return [...lines.slice(0, room - 1), `… ${left} lines more: the window is too low`];
}
