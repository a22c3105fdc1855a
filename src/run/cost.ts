import { addUsage, type Usage } from "../agents/event.ts";
import type { TrackName } from "../ground/ids.ts";
import type { JournalEvent } from "../ground/journal/event.ts";

/** The cost of a run, read from its journal. */
export interface Account {
  /** Wall-clock of the run, in seconds. */
  readonly seconds: number;
  /** The same work added up: growing, setting up and landing, one after the other. */
  readonly sequentialSeconds: number;
  /** The tokens and money its agents have used; null when no agent told. */
  readonly usage: Usage | null;
}

/** Events after which a track is worked on, until an event of rest. */
const working = new Set(["track.provisioning", "track.started", "track.landing"]);
const resting = new Set([
  "track.ready",
  "track.landed",
  "track.late",
  "track.handed-back",
  "track.held",
  "track.failed",
  "track.blocked",
  "track.dropped",
]);

/**
 * Adds up the time each track was worked on. Pure; a track still at work counts until `until`.
 * @param until epoch milliseconds
 */
export function costOf(
  events: readonly JournalEvent[],
  span: { readonly from: number; readonly until: number },
): Account {
  const since = new Map<TrackName, number>();
  let workedMs = 0;
  for (const event of events) {
    if (event.track === undefined) continue;
    const begun = since.get(event.track);
    if (working.has(event.type) || resting.has(event.type)) {
      if (begun !== undefined) workedMs += event.at - begun;
      if (working.has(event.type)) since.set(event.track, event.at);
      else since.delete(event.track);
    }
  }
  for (const begun of since.values()) workedMs += Math.max(0, span.until - begun);
  return {
    seconds: Math.max(0, span.until - span.from) / 1_000,
    sequentialSeconds: workedMs / 1_000,
    usage: usedIn(events),
  };
}

/**
 * Adds up the use of all workers. The cost is unknown as long as a worker has not told its own;
 * once told, for all that the worker used, it is known.
 */
function usedIn(events: readonly JournalEvent[]): Usage | null {
  const workers = new Map<
    string | undefined,
    { readonly used: Usage; readonly isPriced: boolean }
  >();
  for (const event of events) {
    const more = usageIn(event);
    if (more === null) continue;
    const former = workers.get(event.worker)?.used ?? null;
    const used = addUsage(former, { ...more, costUsd: more.costUsd ?? 0 }) ?? more;
    const isPriced = event.type === "worker.usage" && event.session?.costUsd != null;
    workers.set(event.worker, { used, isPriced });
  }
  return [...workers.values()]
    .map(({ used, isPriced }): Usage => (isPriced ? used : { ...used, costUsd: null }))
    .reduce<Usage | null>(addUsage, null);
}

/** Reads an event's use; null when the event tells none. */
export function usageIn(event: JournalEvent): Usage | null {
  if (event.type !== "worker.usage") return null;
  const { inputTokens, outputTokens, costUsd } = event;
  return { inputTokens, outputTokens, costUsd };
}
