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

/** Whether a run lands ready tracks by itself; else a person says in which order. */
export const landsByItself = (config: Config, options: Pick<RunOptions, "lands">): boolean =>
  options.lands && config.land.review === "none";

/** Whether of two tracks that conflict the later one has to wait. */
export const isOrdered = (config: Config, options: Pick<RunOptions, "lands">): boolean =>
  landsByItself(config, options) && config.radar.action === "hold-later";

/** Maps each track to the track it waits for, by the radar's last look. */
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

/**
 * Longest wait for the radar's look, 60 s: it looks within seconds; if it cannot, done work goes
 * on.
 */
const mostUnseenMs = 60_000;

/**
 * Finds the ready tracks at a tip the radar has not looked at yet: until it has, their need to wait
 * is unknown.
 */
export function unseenAmong(
  { store }: Pick<Ground, "store">,
  tracks: readonly Track[],
  now: EpochMs,
): ReadonlySet<TrackName> {
  const heads = lastHeads(store);
  // A single track is not looked at: there is nothing to conflict with.
  if (tracks.filter((track) => isLive(track) && existsSync(track.worktree)).length < 2) {
    return new Set();
  }
  const unseen = tracks.filter(
    ({ name, at, since }) =>
      at.state === "ready" && heads.get(name) !== at.tip && elapsedSince(since, now) < mostUnseenMs,
  );
  return new Set(unseen.map(({ name }) => name));
}

/** Whether a track goes through a forge, or is in a race. */
export function isReserved({ store }: Ground, track: Track): boolean {
  const request = findRequest(store, track, "open");
  return request !== undefined || raceOf(openRaces(store), track) !== undefined;
}
