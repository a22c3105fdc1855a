import { mkdirSync, rmSync } from "node:fs";
import { gitFailed } from "../../ground/git/git.ts";
import { rawEnv } from "../../ground/git/raw.ts";
import { branchRef, findCommit, isAncestor, treeOf } from "../../ground/git/refs.ts";
import type { Ground } from "../../ground/ground.ts";
import type { Sha } from "../../ground/ids.ts";
import type { Track } from "../../track/track.ts";

/**
 * Whether the target has everything that a commit of a track adds to the recorded base, decided by
 * content: the target reaches the commit, or merging it would change nothing. Names of branches,
 * and the journal, prove nothing. A merge that conflicts is a "no".
 * @param scratch a folder of ours that does not exist yet
 */
export async function isMerged(
  ground: Ground,
  track: Track,
  commit: Sha,
  scratch: string,
): Promise<boolean> {
  const { repo } = ground;
  const git = ground.git.at(repo.mainTop);
  const target = await findCommit(git, branchRef(track.target));
  if (target === undefined || !(await isAncestor(git, track.base, commit))) return false;
  if (await isAncestor(git, commit, target)) return true;
  const candidates = [target];
  // Later commits may have changed the same lines; at the landing's commit they are as the track
  // left them.
  const landed = track.at.state === "landed" ? track.at.commit : undefined;
  if (landed !== undefined && (await isAncestor(git, landed, target))) candidates.push(landed);
  mkdirSync(scratch, { recursive: true, mode: 0o700 });
  try {
    const { commonDir, mainTop: workTree } = repo;
    // Attributes are left out: a merge driver that always takes one side would prove anything.
    const env = rawEnv({ commonDir, folder: scratch, workTree, anyObject: commit });
    for (const candidate of candidates) {
      const args = ["merge-tree", "--write-tree", candidate, commit];
      const merged = await git.run(args, { env });
      const { ending } = merged;
      if (ending.kind !== "exited" || ending.code > 1) throw gitFailed(git.cwd, args, merged);
      const tree = merged.stdout.toString().split("\n")[0];
      if (ending.code === 0 && tree === (await treeOf(git, candidate))) return true;
    }
    return false;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
