import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../ground/config/config.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import { plainDiff } from "../ground/git/changes.ts";
import type { Git } from "../ground/git/git.ts";
import { branchRef, findCommit, isAncestor, requireCommit } from "../ground/git/refs.ts";
import type { Ground } from "../ground/ground.ts";
import { asBranchName, type Sha, slug, type TrackName } from "../ground/ids.ts";
import { describeEnding, succeeded } from "../ground/proc/run.ts";
import { makeTrack } from "../grow/start.ts";
import type { LandOptions } from "../land/landing/land-options.ts";
import type { LandReport } from "../land/landing/landing.ts";
import {
  findLastLanded,
  type RecordedLanding,
  recordUndone,
} from "../land/landing/landing-store.ts";
import { findLate } from "../land/landing/late.ts";
import { landTrack } from "../land/queue/land-track.ts";
import { dropTrack } from "../rescue/drop.ts";
import { retire } from "../rescue/retire.ts";
import { isLive, type TrackSeed } from "../track/track.ts";
import { allTracks, findTrack, recordTrack, requireTrack } from "../track/track-store.ts";

const revertTimeoutMs = 120_000;

/**
 * Takes the last landing back by new commits: a track of its own, whose work is the reverts, that is
 * tested and lands like any other. The ticks go with it, so its tasks are open again.
 * @throws PleachError `undo/nothing` (exit 1), `undo/rewritten`, `undo/conflict` (exit 3)
 */
export async function undoLastLanding(
  ground: Ground,
  config: Config,
  options: LandOptions,
): Promise<LandReport> {
  const landing = findLastLanded(ground.store);
  if (landing === undefined) {
    throw new PleachError({
      code: "undo/nothing",
      message: "nothing has landed here that could be undone",
      hint: "git log shows the commits; git revert takes one back",
      exitCode: ExitCode.failed,
    });
  }
  const range = await requireRange(ground, config, landing);
  const name = await freeName(ground, landing.track);
  const base = await requireCommit(ground.git, branchRef(config.target));
  const prompt = `Undo the landing of ${landing.track}`;
  // As the track it takes back: its agent may not be configured any more, and has nothing to do.
  const seed: TrackSeed = {
    ...requireTrack(ground.store, landing.track),
    ...{ name, base, tasks: [], footprint: landing.paths, prompt },
    branch: asBranchName(`work/${name}`),
    worktree: join(config.worktrees.root, name),
    target: config.target,
  };
  const made = await makeTrack(ground, config, seed, async (here) => await revert(here, range));
  if (made.kind === "failed") throw conflicting(landing, range, made.reason);
  const report = await landTrack(ground, config, name, options);
  if (report.outcome === "landed") {
    recordUndone(ground, landing, name);
    const names = await reopen(ground, config, landing);
    const text = `taken back: ${names.join(", ")}; pleach restore ${names[0] ?? ""} brings a track back as it was`;
    if (names.length > 0) options.onProgress?.({ kind: "note", text });
    await retire(ground, config, name, { findLate });
  } else {
    // This track was made to land now, as it is; no worker is to go on with it.
    await dropTrack(ground, config, name);
  }
  return report;
}

/** Marks the tracks of a landing as dropped: their tasks are to be done, their names are free. */
async function reopen(
  ground: Ground,
  config: Config,
  { commit }: RecordedLanding,
): Promise<readonly TrackName[]> {
  const names: TrackName[] = [];
  for (const { name, at, worktree } of allTracks(ground.store)) {
    if (at.state !== "landed" || at.commit !== commit) continue;
    if (existsSync(worktree)) await dropTrack(ground, config, name);
    else recordTrack(ground, name, { type: "track.dropped", rescue: null });
    names.push(name);
  }
  return names;
}

interface Range {
  readonly from: Sha;
  readonly to: Sha;
}

/** The landed commits, as they still stand in the target. */
async function requireRange(
  { git }: Ground,
  { target }: Config,
  { track, onto, commit }: RecordedLanding,
): Promise<Range> {
  if (onto !== undefined && commit !== undefined && commit !== onto) {
    if (await isAncestor(git, commit, await requireCommit(git, branchRef(target))))
      return { from: onto, to: commit };
  }
  throw new PleachError({
    code: "undo/rewritten",
    message: `what landed of ${track} is not in ${target} any more as it landed`,
    hint: `git log ${target} shows what is there`,
    exitCode: ExitCode.needsHuman,
  });
}

async function freeName({ git, store }: Ground, landed: TrackName): Promise<TrackName> {
  for (let at = 1; ; at += 1) {
    const name = slug(`undo-${landed}${at === 1 ? "" : `-${at}`}`);
    const former = findTrack(store, name);
    if (former !== undefined && isLive(former)) continue;
    if ((await findCommit(git, `refs/heads/work/${name}`)) === undefined) return name;
  }
}

/** Makes a reverting commit for each landed commit, newest first; a merge is taken back as a whole. */
async function revert(here: Git, { from, to }: Range): Promise<string | undefined> {
  const listed = await here.text(["rev-list", "--first-parent", "--parents", `${from}..${to}`]);
  for (const line of listed.split("\n")) {
    const [commit = "", ...parents] = line.split(" ");
    const mainline = parents.length > 1 ? ["--mainline", "1"] : [];
    const args = ["revert", "--no-edit", ...mainline, commit];
    const result = await here.run(args, { timeoutMs: revertTimeoutMs, env: { GIT_EDITOR: ":" } });
    if (succeeded(result)) continue;
    const paths = await here.fields(["diff", "--name-only", ...plainDiff, "--diff-filter=U", "-z"]);
    await here.run(["revert", "--abort"]);
    const said = result.stderr.toString().trim().split("\n")[0] ?? describeEnding(result.ending);
    return paths.length === 0 ? said : `conflicts in ${paths.slice(0, 4).join(", ")}`;
  }
  return undefined;
}

function conflicting({ track }: RecordedLanding, { from, to }: Range, why: string): PleachError {
  return new PleachError({
    code: "undo/conflict",
    message: `${track} cannot be taken back as it landed, later work stands on it: ${why}`,
    hint: `by hand, in a branch of its own: git revert ${from.slice(0, 10)}..${to.slice(0, 10)}`,
    exitCode: ExitCode.needsHuman,
  });
}
