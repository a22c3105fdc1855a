import { join } from "node:path";
import type { Config } from "../../src/ground/config/config.ts";
import type { Ground } from "../../src/ground/ground.ts";
import { asTaskId, parseSha } from "../../src/ground/ids.ts";
import type { Track, TrackTask } from "../../src/track/track.ts";
import { recordTrack } from "../../src/track/track-store.ts";
import { commitFiles, git, writeFiles } from "./repo.ts";
import { trackSeed } from "./track.ts";

export interface TrackChanges {
  /** The files the track commits; several commits when given as a list. */
  readonly files?: Readonly<Record<string, string>> | readonly Readonly<Record<string, string>>[];
  /** The track's tasks: explicit ids, or whole tasks. */
  readonly tasks?: readonly (string | TrackTask)[];
  /** The commit the track is cut from; the target's tip by default. */
  readonly base?: string;
}

export function taskOf(id: string, text = `Task ${id}`, explicitId = true): TrackTask {
  return { id: asTaskId(id), text, details: "", line: 1, headings: [], explicitId };
}

/** Makes a track with a worktree and commits of its own, reported ready. */
export function readyTrack(
  ground: Ground,
  config: Config,
  name: string,
  { files = { [`${name}.txt`]: `${name}\n` }, tasks = [], base: from }: TrackChanges = {},
): Track {
  const { mainTop } = ground.repo;
  const base = parseSha(git(mainTop, "rev-parse", from ?? config.target));
  const worktree = join(config.worktrees.root, name);
  const seed = trackSeed(ground, name, {
    base,
    worktree,
    tasks: tasks.map((task) => (typeof task === "string" ? taskOf(task) : task)),
  });
  const { name: track, branch } = seed;
  writeFiles(mainTop, { ".git/info/exclude": "/.pleach/\n" });
  git(mainTop, "worktree", "add", "--quiet", "--no-track", "-b", branch, worktree, base);
  for (const [at, content] of [files].flat().entries()) {
    commitFiles(worktree, content, `${name} ${at + 1}`);
  }
  recordTrack(ground, track, { type: "track.planned", seed });
  recordTrack(ground, track, { type: "track.provisioning" });
  recordTrack(ground, track, { type: "track.started" });
  const tip = parseSha(git(worktree, "rev-parse", "HEAD"));
  return recordTrack(ground, track, { type: "track.ready", tip });
}
