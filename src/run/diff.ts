import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { snapshotPlace, snapshotTree } from "../ground/git/snapshot.ts";
import type { Ground } from "../ground/ground.ts";
import type { Sha } from "../ground/ids.ts";
import { requireWorktree } from "../grow/require-worktree.ts";
import { ownBase } from "../grow/touched.ts";
import type { Track } from "../grow/track.ts";

export interface TrackDiff {
  /** Where the track's own work begins. */
  readonly base: Sha;
  readonly paths: readonly string[];
  /** As git prints it. */
  readonly text: string;
}

/**
 * The difference from a track's base to what is in its worktree now, untracked files included.
 * Nothing is left behind: the snapshot's objects live in a folder of their own.
 */
export async function diffOfTrack(
  ground: Ground,
  track: Track,
  options: { readonly stat: boolean; readonly color: boolean },
): Promise<TrackDiff> {
  requireWorktree(track);
  const scratch = mkdtempSync(join(ground.repo.stateDir, "snapshot-"));
  try {
    const git = ground.git.at(track.worktree);
    const place = snapshotPlace(scratch, ground.repo.commonDir);
    const { env } = place.objects;
    const tree = await snapshotTree(git, place);
    const since = await ownBase(git, track);
    const color = `--color=${options.color ? "always" : "never"}`;
    const shape = options.stat ? ["--stat"] : [];
    const changed = ["diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", since, tree];
    return {
      base: since,
      paths: await git.fields(changed, { env }),
      text: await git.text(["diff", color, "--no-ext-diff", ...shape, since, tree], { env }),
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
