/**
 * A block of lines at the bottom of a terminal that is drawn again in place, while permanent lines
 * go above it. Only what changed is written, in one synchronised update (DEC mode 2026), so that it
 * neither flickers nor costs anything while nothing changes.
 */
export interface LiveBlock {
  /** The block shows these lines from now on; none takes it away. Each must fit the width. */
  draw(lines: readonly string[]): void;
  /** Writes something permanent above the block. */
  above(write: () => void): void;
}

const begin = "\x1b[?2026h";
const end = "\x1b[?2026l";

export function createLiveBlock(write: (text: string) => void): LiveBlock {
  let shown: readonly string[] = [];
  const erase = (): string => (shown.length === 0 ? "" : `\x1b[${shown.length}A\r\x1b[J`);
  const block = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");
  return {
    draw(lines) {
      if (lines.length === shown.length && lines.every((line, at) => line === shown[at])) return;
      write(`${begin}${erase()}${block(lines)}${end}`);
      shown = lines;
    },
    above(print) {
      if (shown.length === 0) return print();
      write(`${begin}${erase()}`);
      print();
      write(`${block(shown)}${end}`);
    },
  };
}
