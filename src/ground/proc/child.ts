import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { messageOf } from "../errors.ts";
import { identify, type ProcessIdentity } from "./identity.ts";
import type { Argv, Ending, ExactEnv } from "./run.ts";

export interface ChildOptions {
  readonly cwd: string;
  readonly env: ExactEnv;
  /** The text for standard input, which is then closed; without it there is nothing to read. */
  readonly input?: string;
  /** Whether standard input stays open, and is written to as `stdin`. */
  readonly listens?: boolean;
  /**
   * The output. "pipe": read by us, and it must be read. A number: an open file both streams go to.
   */
  readonly output: "pipe" | number;
}

/**
 * A child we stay with: in a session of its own, so that all its processes can be ended together.
 */
export interface Child {
  readonly process: ProcessIdentity;
  /**
   * The standard input; null unless it listens. Writing never fails: a program that has gone reads
   * nothing.
   */
  readonly stdin: Writable | null;
  /** The output streams; null when the output goes to a file. */
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /**
   * Resolves when the program itself has ended; processes it started may still run and hold its
   * streams.
   */
  readonly ended: Promise<Ending>;
}

export type ChildStart =
  | { readonly kind: "started"; readonly child: Child }
  | { readonly kind: "failed-to-start"; readonly why: string };

/** Starts a program and returns its streams; the caller has to see that its whole tree ends. */
export async function startChild(argv: Argv, options: ChildOptions): Promise<ChildStart> {
  const [program, ...args] = argv;
  const { input, listens = false, output } = options;
  try {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...options.env },
      detached: true,
      stdio: [input === undefined && !listens ? "ignore" : "pipe", output, output],
    });
    const ended = endOf(child);
    await once(child, "spawn");
    // A program that never reads its input closes the pipe: its right, and no failure of ours.
    child.stdin?.on("error", () => undefined);
    if (!listens) child.stdin?.end(input);
    // A child that has ended already is a zombie until we look away: its identity is still there.
    const identity = child.pid === undefined ? undefined : await identify(child.pid);
    const process = identity ?? { pid: child.pid ?? 0, start: "", boot: "" };
    const { stdout, stderr } = child;
    const stdin = listens ? child.stdin : null;
    return { kind: "started", child: { process, stdin, stdout, stderr, ended } };
  } catch (error) {
    return { kind: "failed-to-start", why: messageOf(error) };
  }
}

function endOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ kind: "failed-to-start", why: messageOf(error) }));
    child.once("exit", (code, signal) => {
      resolve(
        signal === null ? { kind: "exited", code: code ?? 0 } : { kind: "signalled", signal },
      );
    });
  });
}
