import { systemClock } from "../clock.ts";
import { randomMark } from "../random-ids.ts";
import { endAll } from "./end.ts";
import { type FoundProcesses, findTree, withDescendants } from "./find.ts";
import type { ProcessIdentity } from "./identity.ts";
import { type Argv, type ProcessOptions, type RunResult, run } from "./run.ts";

/** The variable in the environment of everything that such a program starts. */
const wholeMark = "PLEACH_WHOLE";
const graceMs = 2_000;
const limitMs = 5_000;

/**
 * Runs a program that starts other people's programs (git with a user's hooks). When it is cut off,
 * all that it started ends with it, in whatever session: a hook outlives its git otherwise.
 */
export async function runWhole(argv: Argv, options: ProcessOptions): Promise<RunResult> {
  if (options.signal?.aborted === true) return await run(argv, options);
  const value = randomMark();
  const find = finder(value);
  const swept = new AbortController();
  let cut: "timed-out" | "cancelled" | undefined;
  const sweep = async (why: typeof cut): Promise<void> => {
    if (cut !== undefined) return;
    cut = why;
    // A process that cannot be ended, or seen, changes nothing about how the program ended.
    await endAll(find, { clock: systemClock, graceMs, limitMs }).catch(() => undefined);
    swept.abort();
  };
  const onAbort = (): void => void sweep("cancelled");
  options.signal?.addEventListener("abort", onAbort, { once: true });
  const over = new AbortController();
  void systemClock.sleep(options.timeoutMs, over.signal).then(() => {
    if (!over.signal.aborted) void sweep("timed-out");
  });
  try {
    const env = { ...options.env, [wholeMark]: value };
    const timeoutMs = options.timeoutMs + 2 * (graceMs + limitMs);
    const result = await run(argv, { ...options, env, timeoutMs, signal: swept.signal });
    if (cut === undefined || result.ending.kind === "failed-to-start") return result;
    if (!swept.signal.aborted) await once(swept.signal);
    return { ...result, ending: { kind: cut } };
  } finally {
    over.abort();
    options.signal?.removeEventListener("abort", onAbort);
  }
}

/**
 * Returns a look that finds all that carries the mark, and goes on finding earlier finds: once a
 * parent has ended, its descendants can no longer be told.
 */
function finder(value: string): () => Promise<FoundProcesses> {
  let seen: readonly ProcessIdentity[] = [];
  return async () => {
    const marked = await findTree({ name: wholeMark, value });
    if (marked.kind === "unknown") return marked;
    const found = await withDescendants([...seen, ...marked.processes]);
    if (found.kind === "known") seen = found.processes;
    return found;
  };
}

async function once(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
