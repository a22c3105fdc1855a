import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { systemClock } from "../../src/ground/clock.ts";
import { type Pty, type Size, startPty } from "../../src/ground/proc/pty.ts";
import type { Argv, ExactEnv } from "../../src/ground/proc/run.ts";
import type { OuterTerminal } from "../../src/grow/terminal/outer.ts";
import { type News, OwnedTerminal, type Viewer } from "../../src/grow/terminal/own.ts";
import { createMirror, type Mirror } from "../../src/grow/terminal/screen/mirror.ts";
import { testEnv } from "./env.ts";

export const tui = join(import.meta.dirname, "../fixtures/programs/tui.mjs");

export interface Owned {
  readonly terminal: OwnedTerminal;
  readonly pty: Pty;
  readonly mirror: Mirror;
  readonly news: News[];
  readonly raw: Buffer[];
  /** Waits until the screen holds this text, and returns the screen. */
  readonly shows: (text: string) => Promise<string>;
}

/** Starts a program in a terminal of ours; ended with the test. */
export async function own(
  argv: Argv,
  { env = {}, size = { columns: 80, rows: 24 } }: { env?: ExactEnv; size?: Size } = {},
): Promise<Owned> {
  const start = await startPty(argv, {
    cwd: "/",
    env: { ...testEnv(), TERM: "xterm-256color", ...env },
    size,
  });
  if (start.kind !== "started") throw new Error(start.why);
  const { pty } = start;
  onTestFinished(() => {
    try {
      process.kill(pty.process.pid, "SIGKILL");
    } catch {
      // The program has ended by itself.
    }
  });
  const mirror = await createMirror(size);
  const news: News[] = [];
  const raw: Buffer[] = [];
  const terminal = new OwnedTerminal({
    pty,
    mirror,
    size,
    clock: systemClock,
    raw: { append: (bytes) => void raw.push(Buffer.from(bytes)) },
    tell: (told) => void news.push(told),
  });
  const screen = () => mirror.text().join("\n");
  return {
    ...{ terminal, pty, mirror, news, raw },
    shows: async (text) => {
      await expect.poll(screen, { timeout: 20_000, interval: 20 }).toContain(text);
      return screen();
    },
  };
}

export interface Onlooker extends Viewer {
  readonly mirror: Mirror;
  readonly shows: (text: string) => Promise<void>;
}

/** Makes an onlooker with a terminal of this size, who looks at what is shown there. */
export async function onlooker(size: Size, more: Partial<Viewer> = {}): Promise<Onlooker> {
  const mirror = await createMirror(size);
  return {
    size,
    readOnly: false,
    slow: "skip",
    show: (bytes) => {
      mirror.write(bytes);
      return true;
    },
    ...more,
    mirror,
    shows: async (text) => {
      const screen = () => mirror.text().join("\n");
      await expect.poll(screen, { timeout: 20_000, interval: 20 }).toContain(text);
    },
  };
}

/** Makes a person at a terminal, as `attach` sees one. */
export async function person(size: Size) {
  const mirror = await createMirror(size);
  let type: (bytes: Buffer) => void = () => undefined;
  let resize: (size: Size) => void = () => undefined;
  let gone: () => void = () => undefined;
  const outer: OuterTerminal = {
    size: () => size,
    onResize: (take) => {
      resize = take;
    },
    open: (take) => {
      type = take;
    },
    close: () => undefined,
    write: (bytes) => {
      mirror.write(bytes);
      return true;
    },
    onDrain: () => undefined,
    onGone: (take) => {
      gone = take;
    },
  };
  const shows = async (text: string): Promise<void> => {
    const screen = () => mirror.text().join("\n");
    await expect.poll(screen, { timeout: 20_000, interval: 20 }).toContain(text);
  };
  return {
    ...{ outer, mirror, shows },
    type: (text: string) => type(Buffer.from(text)),
    resize: (to: Size) => resize(to),
    vanish: () => gone(),
  };
}
