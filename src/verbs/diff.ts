import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { plainDiff } from "../ground/git/changes.ts";
import { snapshotPlace, snapshotTree } from "../ground/git/snapshot.ts";
import type { Ground } from "../ground/ground.ts";
import type { Sha } from "../ground/ids.ts";
import { decoded } from "../ground/text.ts";
import { ownBase } from "../grow/worktree/touched.ts";
import { requireWorktree } from "../track/require-worktree.ts";
import type { Track } from "../track/track.ts";
import { requireTrackNamed } from "./own-track.ts";

export interface TrackDiff {
  /** Where the track's own work begins. */
  readonly base: Sha;
  readonly paths: readonly string[];
  /** As git prints it, with nothing left out; a byte that is no UTF-8 as `decoded` keeps it. */
  readonly text: string;
}

/** Plumbing, so that no configuration of others decides how much of a difference is shown. */
const exactly = [
  ...["diff-tree", "-r", "-M", "--no-color", ...plainDiff, "--src-prefix=a/", "--dst-prefix=b/"],
];

/**
 * The difference from a track's base to what is in its worktree now, untracked files included.
 * Nothing is left behind: the snapshot's objects live in a folder of their own.
 */
export async function diffOfTrack(
  ground: Ground,
  track: Track,
  options: { readonly stat: boolean },
): Promise<TrackDiff> {
  requireWorktree(track);
  const scratch = mkdtempSync(join(ground.repo.stateDir, "snapshot-"));
  try {
    const git = ground.git.at(track.worktree);
    const place = snapshotPlace(scratch, ground.repo.commonDir);
    const { env } = place.objects;
    const tree = await snapshotTree(git, place);
    const since = await ownBase(git, track);
    const shown = [...exactly, options.stat ? "--stat" : "-p", since, tree];
    const changed = ["diff", "--name-only", "--no-renames", ...plainDiff, "-z", since, tree];
    return {
      base: since,
      paths: await git.fields(changed, { env }),
      text: decoded(await git.bytes(shown, { env })).replace(/\n$/, ""),
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Reads the changes of the track that goes by a name, or in whose worktree the verb is said. */
export async function diffOfNamed(
  ground: Ground,
  { track: named, stat }: { readonly track: string | undefined; readonly stat: boolean },
) {
  const track = await requireTrackNamed(ground, named);
  return { track: track.name, ...(await diffOfTrack(ground, track, { stat })) };
}
