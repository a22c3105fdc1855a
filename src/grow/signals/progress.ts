import type { EpochMs } from "../../ground/clock.ts";
import type { Suspicion } from "../../worker/worker.ts";

/** A tool call as a source saw it. */
export interface Call {
  readonly source: "stream" | "hook" | "transcript";
  /** Equal for equal calls: the tool and its whole input; null when the input is not known. */
  readonly key: string | null;
  /** The call in words, for a person. */
  readonly words: string;
}

/** The signs of a worker's progress. Each source counts calls for itself. */
export interface Progress {
  /** The last sign of progress: a tool call, a commit, a changed file, or a wait for a person. */
  readonly movedAt: EpochMs;
  readonly lastWords: string | undefined;
  readonly runs: {
    readonly [source in Call["source"]]?: { readonly key: string | null; readonly count: number };
  };
  /** The calls that have no result yet, by the program's own id. */
  readonly open: ReadonlyMap<string, OpenCall>;
  /** The reason why its word that it works is not believed; undefined: it is. */
  readonly silent?: string | undefined;
}

export interface OpenCall {
  readonly words: string;
  readonly since: EpochMs;
  /** Whether a process that the call started was running at the last look. */
  readonly runs: boolean;
}

/** Time after which a call with neither a result nor a process may wait for a person: 20 s. */
export const unansweredMs = 20_000;

/** Equal calls in a row from which they are no work any more. */
const mostEqualCalls = 10;

export const noProgress = (now: EpochMs): Progress => ({
  movedAt: now,
  lastWords: undefined,
  runs: {},
  open: new Map(),
});

export const withProgress = (progress: Progress, now: EpochMs): Progress => ({
  ...progress,
  movedAt: now,
});

export function called(progress: Progress, { source, key, words }: Call, now: EpochMs): Progress {
  const run = progress.runs[source];
  const count = key !== null && run?.key === key ? run.count + 1 : 1;
  const runs = { ...progress.runs, [source]: { key, count } };
  return { ...progress, movedAt: now, lastWords: words, runs };
}

/** Notes a call with no result yet; called again after a look at its processes. */
export function opened(progress: Progress, call: string, of: OpenCall): Progress {
  return { ...progress, open: new Map(progress.open).set(call, of) };
}

export const silent = (progress: Progress, why: string | undefined): Progress => ({
  ...progress,
  silent: why,
});

/**
 * Notes that a call has its result.
 * @param call the finished call; null: all of them, for the turn is over
 */
export function closed(progress: Progress, call: string | null, now: EpochMs): Progress {
  const open = new Map([...progress.open].filter(([one]) => call !== null && one !== call));
  return { ...progress, movedAt: now, open };
}

/**
 * Finds a reason to suspect a worker that is said to work. A worker that has shown no tool call is
 * never suspected of standing still: it may be of a kind that shows none. Pure.
 * @param stallMs null: only equal calls are looked at
 */
export function suspect(
  progress: Progress,
  stallMs: number | null,
  now: EpochMs,
): Suspicion | undefined {
  const { lastWords, movedAt } = progress;
  const waiting = [...progress.open.values()].find(
    ({ since, runs }) => !runs && now - since >= unansweredMs,
  );
  if (waiting !== undefined) {
    const seconds = Math.floor((now - waiting.since) / 1_000);
    const why = `a call has had no result for ${seconds} s, and nothing that it started runs: it may wait for a person: ${waiting.words}`;
    return { kind: "unanswered", why };
  }
  if (progress.silent !== undefined) return { kind: "silent", why: progress.silent };
  if (lastWords === undefined) return undefined;
  const count = Math.max(0, ...Object.values(progress.runs).map((run) => run.count));
  if (count >= mostEqualCalls) {
    return { kind: "repeating", why: `the same call ${count} times in a row: ${lastWords}` };
  }
  if (stallMs === null || now - movedAt < stallMs) return undefined;
  const minutes = Math.floor((now - movedAt) / 60_000);
  const long = minutes === 0 ? `${Math.floor((now - movedAt) / 1_000)} s` : `${minutes} min`;
  return {
    kind: "no-progress",
    why: `no tool call, commit or changed file for ${long}; the last call: ${lastWords}`,
  };
}
