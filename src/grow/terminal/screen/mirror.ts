import type { IBufferLine } from "@xterm/headless";
import type { Size } from "../../../ground/proc/pty.ts";
import { useCurrentWidths } from "./widths.ts";

/** Bytes not yet drawn: above `high`, the program has to wait; below `low`, it may go on. */
const high = 1024 * 1024;
const low = 256 * 1024;

/** A picture of an agent's screen, drawn where no person looks. */
export interface Mirror {
  write(bytes: Uint8Array): void;
  resize(size: Size): void;
  /** Takes a terminal's answers to questions: its kind, where the cursor is. */
  onReply(take: (reply: string) => void): void;
  /** Calls when the drawing falls behind, and when it has caught up. */
  onPressure(take: (behind: boolean) => void): void;
  /** Calls when all that was written so far is drawn, and nothing that is written later. */
  drawn(then: () => void): void;
  /** The lines of the screen as text, without colours; trailing empty ones are left out. */
  text(): readonly string[];
  /** The lines above the cursor and its own up to it, the nearest first; nothing drawn dim. */
  upFromCursor(): readonly string[];
  /**
   * The bytes that draw the screen, with colours, on a terminal of this size; modes are not in it.
   */
  picture(): string;
  close(): void;
}

/** Rows read above the cursor: a composer has no more lines than this. */
const rowsAbove = 30;

/** Reads a line up to a column, without dim cells (placeholders, hints). */
function brightText(line: IBufferLine | undefined, columns: number): string {
  const cells = Array.from({ length: columns }, (_, column) => line?.getCell(column));
  return cells
    .map((cell) => (cell === undefined || cell.isDim() ? "" : cell.getChars() || " "))
    .join("")
    .trimEnd();
}

/** Makes a mirror; the emulator is loaded with the first one, as it is large. */
export async function createMirror({ columns, rows }: Size): Promise<Mirror> {
  const [{ default: headless }, { default: addon }] = await Promise.all([
    import("@xterm/headless"),
    import("@xterm/addon-serialize"),
  ]);
  const terminal = new headless.Terminal({
    cols: columns,
    rows,
    // Lines that have left the screen are in the transcript.
    scrollback: 0,
    allowProposedApi: true,
  });
  const serializer = new addon.SerializeAddon();
  terminal.loadAddon(serializer);
  useCurrentWidths(terminal);
  let waiting = 0;
  let behind = false;
  let press: (behind: boolean) => void = () => undefined;
  const screenLine = (row: number) => {
    const { active } = terminal.buffer;
    return active.getLine(active.baseY + row);
  };
  return {
    write: (bytes) => {
      waiting += bytes.length;
      if (waiting > high && !behind) {
        behind = true;
        press(true);
      }
      terminal.write(bytes, () => {
        waiting -= bytes.length;
        if (waiting >= low || !behind) return;
        behind = false;
        press(false);
      });
    },
    resize: ({ columns: cols, rows: lines }) =>
      terminal.resize(Math.max(2, cols), Math.max(1, lines)),
    onReply: (take) => void terminal.onData(take),
    onPressure: (take) => {
      press = take;
    },
    drawn: (then) => terminal.write("", then),
    text: () => {
      const lines = Array.from(
        { length: terminal.rows },
        (_, row) => screenLine(row)?.translateToString(true) ?? "",
      );
      return lines.slice(0, lines.findLastIndex((line) => line !== "") + 1);
    },
    upFromCursor: () => {
      const { cursorX, cursorY } = terminal.buffer.active;
      return Array.from({ length: Math.min(cursorY + 1, rowsAbove) }, (_, up) =>
        brightText(screenLine(cursorY - up), up === 0 ? cursorX : terminal.cols),
      );
    },
    picture: () => serializer.serialize({ scrollback: 0, excludeModes: true }),
    close: () => terminal.dispose(),
  };
}
