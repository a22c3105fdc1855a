import { join } from "node:path";
import type { Config } from "../../src/ground/config/config.ts";
import { branchRef } from "../../src/ground/git/refs.ts";
import type { Ground } from "../../src/ground/ground.ts";
import { asBranchName, parseSha, type TrackName } from "../../src/ground/ids.ts";
import type { Track, TrackSeed } from "../../src/track/track.ts";
import { recordTrack } from "../../src/track/track-store.ts";
import { git } from "./repo.ts";

/**
 * Makes a growing track with its branch and worktree, cut from the tip of `main`, without a worker.
 */
export function growTrack(ground: Ground, config: Config, name: string): Track {
  const { mainTop } = ground.repo;
  const track = name as TrackName;
  const branch = asBranchName(`work/${name}`);
  const worktree = join(config.worktrees.root, name);
  const base = parseSha(git(mainTop, "rev-parse", branchRef(config.target)));
  git(mainTop, "worktree", "add", "--quiet", "--no-track", "-b", branch, worktree, base);
  const seed: TrackSeed = {
    name: track,
    branch,
    worktree,
    base,
    target: config.target,
    tasks: [],
    footprint: [],
    agent: "fixture",
    mode: "stream",
    host: "headless",
    permissions: "ask",
    prompt: "",
  };
  recordTrack(ground, track, { type: "track.planned", seed });
  recordTrack(ground, track, { type: "track.provisioning" });
  return recordTrack(ground, track, { type: "track.started" });
}

/** Lands a track: its commits, as they are now, become the tip of the target. */
export function landTrack(ground: Ground, track: Track): Track {
  const tip = parseSha(git(track.worktree, "rev-parse", "HEAD"));
  git(ground.repo.mainTop, "merge", "--quiet", "--ff-only", tip);
  recordTrack(ground, track.name, { type: "track.ready", tip });
  recordTrack(ground, track.name, { type: "track.landing", tip });
  return recordTrack(ground, track.name, { type: "track.landed", commit: tip });
}
