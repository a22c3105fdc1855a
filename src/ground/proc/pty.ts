import { execFileSync } from "node:child_process";
import { constants } from "node:os";
import type { IPty } from "@lydell/node-pty";
import { messageOf } from "../errors.ts";
import { identify, type ProcessIdentity } from "./identity.ts";
import { findProgram } from "./path.ts";
import type { Argv, Ending, ExactEnv } from "./run.ts";

/** The size of a terminal, in cells. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface PtyOptions {
  readonly cwd: string;
  /** The exact environment of the child, besides PWD; without a TERM in it, `xterm-256color`. */
  readonly env: ExactEnv;
  readonly size: Size;
}

/** A program in a terminal of ours: a session of its own, whose controlling terminal it is. */
export interface Pty {
  readonly process: ProcessIdentity;
  /** Resolves when the program itself has ended and all it printed was given to `onData`. */
  readonly ended: Promise<Ending>;
  /**
   * Gives out bytes as they come, to a single listener; set it in the turn of the event loop that
   * got this Pty.
   */
  onData(take: (bytes: Buffer) => void): void;
  write(bytes: Uint8Array | string): void;
  /** Resizes the terminal, and tells the program (SIGWINCH). */
  resize(size: Size): void;
  /** Stops reading the output: the program waits until it is read again. */
  pause(): void;
  resume(): void;
}

export type PtyStart =
  | { readonly kind: "started"; readonly pty: Pty }
  | { readonly kind: "failed-to-start"; readonly why: string }
  /** No terminal can be had on this machine: no binary for it, or a binary that does not load. */
  | { readonly kind: "no-pty"; readonly why: string };

/** Starts a program in a new terminal. Never throws; the module is loaded by the first call. */
export async function startPty(argv: Argv, options: PtyOptions): Promise<PtyStart> {
  const { cwd, env, size } = options;
  const [name, ...args] = argv;
  // Node-pty would report a missing program as a child that prints why and ends with 1, like any
  // other failure.
  const program = findProgram(name, env, cwd);
  if (program === undefined) return { kind: "failed-to-start", why: `${name}: not found` };
  const module = await loadPty();
  if (module.kind === "no-pty") return module;
  try {
    const pty = module.spawn(program, args, {
      cwd,
      // A copy: given the object of the process itself, node-pty would take variables out of it.
      env: { ...env },
      cols: size.columns,
      rows: size.rows,
      // Bytes: output that is no UTF-8 must come through unchanged.
      encoding: null,
      name: env["TERM"] ?? "xterm-256color",
    });
    return { kind: "started", pty: await wrap(pty) };
  } catch (error) {
    return { kind: "failed-to-start", why: messageOf(error) };
  }
}

type PtyModule =
  | { readonly kind: "loaded"; readonly spawn: typeof import("@lydell/node-pty").spawn }
  | { readonly kind: "no-pty"; readonly why: string };

/** Loads the terminal module; when no terminal can be had here, `why` says what is missing. */
export async function loadPty(): Promise<PtyModule> {
  try {
    const { spawn } = await import("@lydell/node-pty");
    return { kind: "loaded", spawn };
  } catch (error) {
    const [first = ""] = messageOf(error).split("\n");
    return { kind: "no-pty", why: `no terminal can be had here: ${first}` };
  }
}

async function wrap(pty: IPty): Promise<Pty> {
  // Until a listener is set, output is kept here: nothing is lost.
  let take: ((bytes: Buffer) => void) | undefined;
  const early: Buffer[] = [];
  let over = false;
  pty.onData((data) => {
    const bytes = Buffer.from(data);
    if (take === undefined) early.push(bytes);
    else take(bytes);
  });
  const ended = new Promise<Ending>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      over = true;
      resolve(
        signal === undefined || signal === 0
          ? { kind: "exited", code: exitCode }
          : { kind: "signalled", signal: signalName(signal) },
      );
    });
  });
  const identity = await identify(pty.pid);
  return {
    process: identity ?? { pid: pty.pid, start: "", boot: "" },
    ended,
    onData: (listener) => {
      take = listener;
      for (const bytes of early.splice(0)) listener(bytes);
    },
    // Typed as text, but node-pty takes bytes, and only bytes arrive unchanged.
    write: (bytes) => void (over || pty.write(Buffer.from(bytes) as unknown as string)),
    resize: ({ columns, rows }) => {
      // Between a program's end and our hearing of it there is no terminal to resize.
      if (over || columns < 1 || rows < 1) return;
      try {
        pty.resize(columns, rows);
      } catch {
        over = true;
      }
    },
    pause: () => pty.pause(),
    resume: () => pty.resume(),
  };
}

function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found?.[0] ?? `SIG${number}`;
}

/**
 * Lets bytes through the terminal on our standard input unchanged: Node's raw mode leaves it
 * turning line feeds into two characters. Call it after each `setRawMode(true)`;
 * `setRawMode(false)` restores all.
 */
export function switchOffOutputProcessing(env: ExactEnv): void {
  try {
    const options = { env: { ...env }, stdio: ["inherit", "ignore", "ignore"], timeout: 5_000 };
    execFileSync("stty", ["-opost"], { ...options, stdio: ["inherit", "ignore", "ignore"] });
  } catch {
    // No stty, or no terminal any more: the picture may be crooked, the agent is not.
  }
}
