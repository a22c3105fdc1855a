import { existsSync } from "node:fs";
import { findRequest } from "../forge/request-store.ts";
import type { EpochMs } from "../ground/clock.ts";
import type { Config } from "../ground/config/config.ts";
import { elapsedSince } from "../ground/elapsed.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import { raceOf } from "../race/race.ts";
import { openRaces } from "../race/race-store.ts";
import { lastConflicts, lastHeads } from "../radar/radar-store.ts";
import { isLive, type Track } from "../track/track.ts";
import { behindAmong } from "./behind.ts";
import type { Run } from "./orchestrator.ts";
import type { RunOptions } from "./run-state.ts";

/** Whether a run lands what is ready by itself; else a person says in which order. */
export const landsByItself = (config: Config, options: Pick<RunOptions, "lands">): boolean =>
  options.lands && config.land.review === "none";

/** Whether of two tracks that conflict the later one has to wait. */
export const isOrdered = (config: Config, options: Pick<RunOptions, "lands">): boolean =>
  landsByItself(config, options) && config.radar.action === "hold-later";

/** Which track waits for which, by what the radar saw last. */
export function orderOf(
  { ground, state }: Pick<Run, "ground" | "state">,
  tracks: readonly Track[],
): ReadonlyMap<TrackName, TrackName> {
  const orderable = tracks
    .filter(({ name }) => !state.stuck.has(name))
    .map((track) => {
      const { name, at, createdAt } = track;
      return { name, at, createdAt, landsByItself: !isReserved(ground, track) };
    });
  return behindAmong(orderable, lastConflicts(ground.store));
}

/** The radar looks within seconds; when it cannot, work that is done does not wait for it. */
const mostUnseenMs = 60_000;

/**
 * The tracks that are ready with what the radar has not looked at yet: whether they have to wait
 * cannot be told before.
 */
export function unseenAmong(
  { store }: Pick<Ground, "store">,
  tracks: readonly Track[],
  now: EpochMs,
): ReadonlySet<TrackName> {
  const heads = lastHeads(store);
  // One alone is not looked at: there is nothing to conflict with.
  if (tracks.filter((track) => isLive(track) && existsSync(track.worktree)).length < 2) {
    return new Set();
  }
  const unseen = tracks.filter(
    ({ name, at, since }) =>
      at.state === "ready" && heads.get(name) !== at.tip && elapsedSince(since, now) < mostUnseenMs,
  );
  return new Set(unseen.map(({ name }) => name));
}

/** On its way through a forge, or in a race. */
export function isReserved({ store }: Ground, track: Track): boolean {
  const request = findRequest(store, track, "open");
  return request !== undefined || raceOf(openRaces(store), track) !== undefined;
}
