import type { Size } from "../../ground/proc/pty.ts";
import type { OwnedTerminal, Viewer } from "./own.ts";

/** The terminal a process of ours runs in, with a person before it. */
export interface OuterTerminal {
  size(): Size;
  onResize(take: (size: Size) => void): void;
  /** Passes every byte through as it is from now on, both ways; `take` reads the person's. */
  open(take: (bytes: Buffer) => void): void;
  /** Gives the terminal back as it was. */
  close(): void;
  /** Writes to the terminal; @returns false when the writer has to wait for a drain */
  write(bytes: Uint8Array): boolean;
  onDrain(take: () => void): void;
  /** Calls when there is no terminal any more: its window was closed, its multiplexer ended. */
  onGone(take: () => void): void;
}

/** Lets the terminal we run in be the agent's own: bytes pass both ways, its size is followed. */
export function joinOuter(terminal: OwnedTerminal, outer: OuterTerminal): () => void {
  const viewer: Viewer = {
    size: outer.size(),
    readOnly: false,
    slow: "wait",
    show: (bytes) => outer.write(bytes),
  };
  outer.onResize((size) => terminal.resized(viewer, size));
  outer.onDrain(() => terminal.drained(viewer));
  outer.onGone(() => terminal.leave(viewer));
  terminal.join(viewer, { fresh: false });
  outer.open((bytes) => terminal.type(viewer, bytes));
  return () => {
    terminal.leave(viewer);
    outer.close();
  };
}
