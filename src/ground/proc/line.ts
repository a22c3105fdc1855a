import { randomBytes } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import type { Clock } from "../clock.ts";
import { startChild } from "./child.ts";
import { endAll } from "./end.ts";
import { findTree } from "./find.ts";
import { withInherited } from "./inherited-mark.ts";
import type { Ending, ExactEnv } from "./run.ts";

export interface LineOptions {
  readonly cwd: string;
  readonly env: ExactEnv;
  readonly clock: Clock;
  /** The file both streams are appended to, after a line that names the command; private (0600). */
  readonly logFile: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /**
   * The treatment of processes still running when the line ended by itself: a `setup` may start a
   * server on purpose, a gate may not. On a time limit or a cancellation all of them end.
   */
  readonly leftovers: "keep" | "end";
}

export interface LineResult {
  readonly ending: Ending;
  readonly seconds: number;
}

const graceMs = 3_000;
const limitMs = 5_000;

/** Runs a shell line of the user's in a session of its own, its output in a log. */
export async function runLine(line: string, options: LineOptions): Promise<LineResult> {
  const { clock, cwd, logFile } = options;
  const startedAt = clock.monotonic();
  const result = (ending: Ending): LineResult => ({
    ending,
    seconds: (clock.monotonic() - startedAt) / 1_000,
  });
  const mark = randomBytes(8).toString("hex");
  const log = openSync(logFile, "a", 0o600);
  try {
    writeSync(log, `$ ${line}\n`);
    const env = { ...options.env, [lineMark]: mark };
    const argv = await withInherited(mark, [...ownParent, line], { cwd, env });
    const start = await startChild(argv, { cwd, env, output: log });
    if (start.kind === "failed-to-start") return result(start);
    const { child } = start;
    const ending = await endOrLimit(child.ended, options);
    const byItself = ending.kind === "exited" || ending.kind === "signalled";
    if (!byItself || options.leftovers === "end") {
      const all = { name: lineMark, value: mark, isInherited: true };
      const find = async () => await findTree(all, [child.process]);
      await endAll(find, { clock, graceMs, limitMs });
    }
    writeSync(log, "\n");
    return result(ending);
  } finally {
    closeSync(log);
  }
}

/** The variable carried by everything a line starts; nested lines have their own value. */
export const lineMark = "PLEACH_LINE";

/** The shell that is the line's parent: a line that kills its parent does not kill us. */
const ownParent = [
  ...(["sh", "-c"] as const),
  'sh -c "$1"; code=$?; if [ "$code" -gt 128 ]; then kill -"$((code - 128))" $$ 2>/dev/null; fi; exit "$code"',
  "sh",
] as const;

async function endOrLimit(ended: Promise<Ending>, options: LineOptions): Promise<Ending> {
  const { clock, timeoutMs, signal } = options;
  const over = new AbortController();
  const stop = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
  const limit = clock.sleep(timeoutMs, stop).then((): Ending => {
    return signal?.aborted === true ? { kind: "cancelled" } : { kind: "timed-out" };
  });
  const ending = await Promise.race([ended, limit]);
  over.abort();
  return ending;
}
