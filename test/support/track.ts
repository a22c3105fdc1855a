import { join } from "node:path";
import type { Ground } from "../../src/ground/ground.ts";
import { asBranchName, parseSha, parseTrackName } from "../../src/ground/ids.ts";
import type { TrackSeed } from "../../src/track/track.ts";
import { git } from "./repo.ts";

/** Builds a planned track: cut from HEAD, with no tasks, its worktree beside the repository. */
export function trackSeed(
  ground: Ground,
  name: string,
  changes: Partial<TrackSeed> = {},
): TrackSeed {
  return {
    name: parseTrackName(name),
    branch: asBranchName(`work/${name}`),
    worktree: join(ground.repo.mainTop, "../repo.trees", name),
    base: parseSha(git(ground.repo.mainTop, "rev-parse", "HEAD")),
    target: asBranchName("main"),
    tasks: [],
    footprint: [],
    agent: "fixture",
    mode: "stream",
    host: "headless",
    permissions: "ask",
    prompt: "",
    ...changes,
  };
}
