import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { systemClock } from "../clock.ts";
import { messageOf } from "../errors.ts";

/** A program and its arguments. There is no shell anywhere unless an argv names a shell. */
export type Argv = readonly [program: string, ...args: string[]];
/** The whole environment of a child: nothing is inherited besides it. */
export type ExactEnv = Readonly<Record<string, string>>;

export interface ProcessOptions {
  readonly cwd: string;
  readonly env: ExactEnv;
  /**
   * The time limit; every wait has a limit. When it passes, the child gets SIGTERM, five seconds
   * later SIGKILL.
   */
  readonly timeoutMs: number;
  readonly input?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /**
   * Whether the child gets a session of its own: without our terminal, and ended with its whole
   * group.
   */
  readonly isApart?: boolean;
  /** The kept part of each stream, in bytes; the rest is read and thrown away. */
  readonly maxBytes?: number;
}

/**
 * The ending of a child. `failed-to-start` is a fact about the machine (ENOENT, EACCES), not an
 * exit; `unread` is the ending of a child whose output was not all read, whatever its code: it
 * gives no answer.
 */
export type Ending =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "unread" }
  | { readonly kind: "signalled"; readonly signal: string }
  | { readonly kind: "timed-out" }
  | { readonly kind: "cancelled" }
  | { readonly kind: "failed-to-start"; readonly why: string };

export interface RunResult {
  readonly ending: Ending;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

const defaultMaxBytes = 256 * 1024 * 1024;
/**
 * The wait from SIGTERM to SIGKILL, and from the child's end until the streams held by its
 * leftovers are given up.
 */
const patienceMs = 5_000;

/**
 * Runs a child process and waits for it: the only door to such processes. Never throws: how the
 * child ended is data. Plain `spawn`, because a landing runs a score of gits, and the overhead of a
 * library around each costs more than git itself.
 */
export async function run(argv: Argv, options: ProcessOptions): Promise<RunResult> {
  const [program, ...args] = argv;
  const result = (ending: Ending, streams: readonly Buffer[] = []): RunResult => {
    const [stdout = empty, stderr = empty] = streams;
    return { ending, stdout, stderr };
  };
  if (options.signal?.aborted === true) return result({ kind: "cancelled" });
  let child: ChildProcess;
  try {
    child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...options.env },
      detached: options.isApart === true,
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
  } catch (error) {
    // An argument with a NUL in it, or a limit of the machine.
    return result({ kind: "failed-to-start", why: messageOf(error) });
  }
  const limit = options.maxBytes ?? defaultMaxBytes;
  const stdout = collect(child.stdout, limit);
  const stderr = collect(child.stderr, limit);
  // A child that does not read its input closes the pipe: its right, and no failure of ours.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(options.input);
  const ending = await endOf(child, options);
  child.stdout?.destroy();
  child.stderr?.destroy();
  const isCut = ending.kind === "exited" && !stdout.isWhole();
  return result(isCut ? { kind: "unread" } : ending, [stdout.bytes(), stderr.bytes()]);
}

const empty = Buffer.alloc(0);

interface Collected {
  readonly bytes: () => Buffer;
  /** Whether the stream was read to its end, and all of it kept. */
  readonly isWhole: () => boolean;
}

/** Keeps the beginning of a stream; all of it is read, so that the child never has to wait. */
function collect(stream: Readable | null, limit: number): Collected {
  const chunks: Buffer[] = [];
  let size = 0;
  let isAtEnd = false;
  stream?.on("data", (chunk: Buffer) => {
    if (size < limit) chunks.push(chunk.subarray(0, limit - size));
    size += chunk.length;
  });
  stream?.once("end", () => {
    isAtEnd = true;
  });
  // After an error the stream's end never comes, and `isWhole` stays false.
  stream?.on("error", () => undefined);
  return { bytes: () => Buffer.concat(chunks), isWhole: () => isAtEnd && size <= limit };
}

/**
 * Waits for the child's end. Limits count the time in which this process runs: while it is held up,
 * it waits for nothing.
 */
async function endOf(child: ChildProcess, options: ProcessOptions): Promise<Ending> {
  let cut: "timed-out" | "cancelled" | undefined;
  const over = new AbortController();
  const after = (ms: number, act: () => void): void => {
    void systemClock.sleep(ms, over.signal).then(() => {
      if (!over.signal.aborted) act();
    });
  };
  const stop = (why: typeof cut): void => {
    cut ??= why;
    kill(child, "SIGTERM", options);
    after(patienceMs, () => kill(child, "SIGKILL", options));
  };
  const onAbort = (): void => stop("cancelled");
  options.signal?.addEventListener("abort", onAbort, { once: true });
  after(options.timeoutMs, () => stop("timed-out"));
  const ending = await new Promise<Ending>((resolve) => {
    child.once("error", (error) => resolve({ kind: "failed-to-start", why: error.message }));
    child.once("close", (code, signal) => resolve(endingOf(code, signal)));
    child.once("exit", (code, signal) => {
      // A process that the child started may hold its streams for as long as it likes.
      after(patienceMs, () => resolve(endingOf(code, signal)));
    });
  });
  over.abort();
  options.signal?.removeEventListener("abort", onAbort);
  // A process left in the child's group may ignore SIGTERM, and nothing waits for it any more.
  if (cut !== undefined && options.isApart === true) kill(child, "SIGKILL", options);
  return cut === undefined || ending.kind === "failed-to-start" ? ending : { kind: cut };
}

function kill(child: ChildProcess, signal: NodeJS.Signals, { isApart }: ProcessOptions): void {
  if (isApart !== true || child.pid === undefined) {
    child.kill(signal);
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    // No process of the group is left.
  }
}

function endingOf(code: number | null, signal: NodeJS.Signals | null): Ending {
  return signal === null ? { kind: "exited", code: code ?? 0 } : { kind: "signalled", signal };
}

export function succeeded(result: RunResult): boolean {
  return result.ending.kind === "exited" && result.ending.code === 0;
}

/** Describes an ending in one line for people: "exit code 3", "signal SIGKILL", "time limit", … */
export function describeEnding(ending: Ending): string {
  switch (ending.kind) {
    case "exited":
      return `exit code ${ending.code}`;
    case "unread":
      return "its output could not be read to the end";
    case "signalled":
      return `signal ${ending.signal}`;
    case "timed-out":
      return "time limit";
    case "cancelled":
      return "cancelled";
    case "failed-to-start":
      return `could not start: ${ending.why}`;
  }
}
