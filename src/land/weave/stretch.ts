import { existsSync } from "node:fs";
import { branchRef, requireCommit } from "../../ground/git/refs.ts";
import type { Ground } from "../../ground/ground.ts";
import type { Sha } from "../../ground/ids.ts";
import { ownBase } from "../../grow/worktree/touched.ts";
import type { Track } from "../../track/track.ts";

/**
 * Finds the range of a track's commits: from where its own work begins to its tip; undefined
 * without its worktree.
 */
export async function stretchOf(
  { git }: Pick<Ground, "git">,
  track: Track,
): Promise<{ readonly from: Sha; readonly to: Sha } | undefined> {
  if (!existsSync(track.worktree)) return undefined;
  const at = git.at(track.worktree);
  const to = await requireCommit(at, branchRef(track.branch));
  return { from: await ownBase(at, track), to };
}
