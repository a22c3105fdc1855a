import { parseTrackName, type TrackName } from "../ground/ids.ts";
import type { EventOf, JournalEvent } from "../ground/journal/event.ts";
import { presumed } from "../land/landing/gate-kind.ts";
import { reachOf } from "../radar/reach.ts";
import { playQueue, type TrialTrack, type TrialWorld } from "./trial.ts";
import { playBatches, playSerial, playSpeculative } from "./trial-others.ts";

/** A track's attempt to land, as it was recorded. */
interface Attempt {
  readonly name: TrackName;
  readonly readyAt: number;
  readonly outcome: "landed" | "red" | "conflict";
  /** The duration of the attempt's gate; undefined when none ran for it. */
  readonly seconds: number | undefined;
  readonly paths: readonly string[];
}

/** The time and gates that a way to queue would have taken for the recorded landings. */
export interface LabRow {
  readonly way: "serial" | "batch" | "speculative" | "pleach";
  readonly parallel: number;
  readonly seconds: number;
  readonly gateRuns: number;
  readonly landed: number;
}

export interface LabSettings {
  /** How many gates run at once. */
  readonly parallel: number;
  /** How many tracks a batch holds. */
  readonly batch: number;
}

export interface LabResult {
  readonly attempts: number;
  readonly rows: readonly LabRow[];
}

/**
 * Replays the recorded landings with other ways to queue. As recorded are: when each track was
 * ready, how long its gate took, and its outcome; a red track is red by itself, and a track in
 * conflict does not fit. Pure.
 */
export function replayLandings(
  events: readonly JournalEvent[],
  { parallel, batch }: LabSettings,
): LabResult {
  const attempts = attemptsOf(events);
  const world = worldOf(attempts);
  const own = playQueue(world, { parallel, seen: presumed });
  const others = [
    { way: "serial", parallel: 1, ...playSerial(world) },
    { way: "batch", parallel: 1, ...playBatches(world, batch) },
    { way: "speculative", parallel, ...playSpeculative(world, parallel) },
    { way: "pleach", parallel, ...own, landed: own.landed.flat() },
  ] as const;
  const rows = others.map(({ way, parallel: at, seconds, runs, landed }) => ({
    ...{ way, parallel: at, gateRuns: runs, landed: landed.length },
    seconds: Math.round(seconds * 10) / 10,
  }));
  return { attempts: attempts.length, rows };
}

type LandingEnd = EventOf<"landing.landed"> | EventOf<"landing.stopped">;

/** Lists every time that a track was ready and then landed, was red or in conflict. */
function attemptsOf(events: readonly JournalEvent[]): readonly Attempt[] {
  const readyAt = new Map<string, number>();
  const attempts: Attempt[] = [];
  for (const event of events) {
    const { type, track, at } = event;
    if (track === undefined) continue;
    // A track that came back from a landing has been ready since before.
    if (type === "track.ready" && !readyAt.has(track)) readyAt.set(track, at);
    if (type !== "landing.landed" && type !== "landing.stopped") continue;
    const outcome = outcomeOf(event);
    const since = readyAt.get(track);
    if (outcome === undefined || since === undefined) continue;
    readyAt.delete(track);
    attempts.push({
      name: parseTrackName(`${attempts.length + 1}-${track}`.slice(0, 60)),
      ...{ readyAt: since, outcome },
      seconds: event.seconds,
      paths: event.paths,
    });
  }
  return attempts;
}

function outcomeOf({ type, outcome }: LandingEnd): Attempt["outcome"] | undefined {
  if (type === "landing.landed") return "landed";
  if (outcome === "red" || outcome === "timeout") return "red";
  return outcome === "conflict" ? "conflict" : undefined;
}

function worldOf(attempts: readonly Attempt[]): TrialWorld {
  const known = attempts.flatMap(({ seconds }) => seconds ?? []).toSorted((a, b) => a - b);
  const usual = known[Math.floor(known.length / 2)] ?? 0;
  const byName = new Map(attempts.map((attempt) => [attempt.name, attempt]));
  const first = Math.min(...attempts.map(({ readyAt }) => readyAt));
  const tracks: TrialTrack[] = attempts.map(({ name, readyAt, paths }) => ({
    ...{ track: name, after: [], priority: 0, size: paths.length },
    reach: reachOf(paths, []),
    arrives: (readyAt - first) / 1_000,
  }));
  return {
    tracks,
    fits: (track) => byName.get(track)?.outcome !== "conflict",
    isGreen: (all) => all.every((track) => byName.get(track)?.outcome !== "red"),
    seconds: (all) => Math.max(0, ...all.map((track) => byName.get(track)?.seconds ?? usual)),
    isUnlucky: () => false,
    moves: [],
  };
}
