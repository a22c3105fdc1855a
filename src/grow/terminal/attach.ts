import { connect, type Socket } from "node:net";
import type { ControlRequest } from "./control.ts";
import { DetachKey } from "./input.ts";
import type { OuterTerminal } from "./outer.ts";
import { isAlternate, type Modes, undoModes, untouched, withSequence } from "./screen/modes.ts";
import { SequenceScanner } from "./screen/scan.ts";

/** The reason why viewing ended. `unreachable`: there was no terminal to attach to. */
export type Left =
  | { readonly kind: "detached" }
  | { readonly kind: "ended" }
  | { readonly kind: "unreachable"; readonly why: string };

/**
 * Shows a worker's terminal in the one we run in, until the detach key (Ctrl-\) or the terminal's
 * end. Neither touches the agent.
 */
export async function attachTo(
  path: string,
  outer: OuterTerminal,
  { readOnly }: { readonly readOnly: boolean },
): Promise<Left> {
  const socket = connect(path);
  const opened = await new Promise<Left | undefined>((resolve) => {
    socket.once("connect", () => resolve(undefined));
    socket.once("error", ({ message }) => resolve({ kind: "unreachable", why: message }));
  });
  if (opened !== undefined) return opened;
  const viewing = new Viewing(outer);
  const send = (request: ControlRequest): void => void socket.write(`${JSON.stringify(request)}\n`);
  const left = await new Promise<Left>((resolve) => {
    socket.on("error", () => resolve({ kind: "ended" }));
    socket.on("close", () => resolve({ kind: "ended" }));
    socket.on("data", (bytes: Buffer) => viewing.show(bytes, socket));
    outer.onDrain(() => socket.resume());
    outer.onResize((size) => send({ op: "resize", ...size }));
    outer.onGone(() => resolve({ kind: "detached" }));
    send({ op: "attach", ...outer.size(), readOnly });
    const detachKey = new DetachKey();
    outer.open((bytes) => {
      const at = detachKey.indexIn(bytes);
      const typed = at < 0 ? bytes : bytes.subarray(0, at);
      if (!readOnly && typed.length > 0) send({ op: "input", data: typed.toString("base64") });
      if (at >= 0) resolve({ kind: "detached" });
    });
  });
  socket.destroy();
  viewing.close();
  return left;
}

/** The output shown here, and the modes in it that have to be undone at our own terminal. */
class Viewing {
  readonly #outer: OuterTerminal;
  readonly #scanner = new SequenceScanner();
  #modes: Modes = untouched;

  constructor(outer: OuterTerminal) {
    this.#outer = outer;
  }

  show(bytes: Buffer, socket: Socket): void {
    for (const sequence of this.#scanner.scan(bytes)) {
      this.#modes = withSequence(this.#modes, sequence);
    }
    if (!this.#outer.write(bytes)) socket.pause();
  }

  close(): void {
    // Below the text on the screen, unless that is a screen of its own.
    const below = isAlternate(this.#modes) ? "" : `\x1b[${this.#outer.size().rows};1H\r\n`;
    this.#outer.write(Buffer.from(`\x18${undoModes(this.#modes)}\x1b[0m${below}`));
    this.#outer.close();
  }
}
