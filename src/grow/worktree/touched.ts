import { existsSync } from "node:fs";
import { plainDiff } from "../../ground/git/changes.ts";
import { type Git, gitFailed } from "../../ground/git/git.ts";
import { branchRef, isAncestor } from "../../ground/git/refs.ts";
import { asRepoPath, parseSha, type RepoPath, type Sha } from "../../ground/ids.ts";
import { succeeded } from "../../ground/proc/run.ts";
import { decoded } from "../../ground/text.ts";
import type { Track } from "../../track/track.ts";

/** The content of a track's worktree beyond its base; `unknown` when git could not say. */
export type TouchedPaths =
  | {
      readonly kind: "known";
      /** The number of commits beyond the base. */
      readonly commits: number;
      /** Every path that differs from the base: committed, staged, unstaged, untracked. Sorted. */
      readonly paths: readonly RepoPath[];
    }
  | { readonly kind: "unknown"; readonly why: string };

type Stretch = Pick<Track, "worktree" | "base" | "target">;

/**
 * Lists the touched paths; takes no lock in the worktree, so as never to get in the agent's way.
 */
export async function touchedSince(git: Git, track: Stretch): Promise<TouchedPaths> {
  const { worktree } = track;
  if (!existsSync(worktree)) return { kind: "unknown", why: `${worktree} is not there` };
  const at = git.at(worktree);
  const env = { GIT_OPTIONAL_LOCKS: "0" };
  const since = await ownBase(at, track);
  const [changed, untracked, count] = await Promise.all([
    at.run(["diff", "--name-only", "--no-renames", ...plainDiff, "-z", since], { env }),
    at.run(["ls-files", "--others", "--exclude-standard", "-z"], { env }),
    at.run(["rev-list", "--count", `${since}..HEAD`], { env }),
  ]);
  for (const result of [changed, untracked, count]) {
    if (!succeeded(result)) return { kind: "unknown", why: result.stderr.toString().trim() };
  }
  const paths = `${decoded(changed.stdout)}${decoded(untracked.stdout)}`
    .split("\0")
    .filter((path) => path !== "");
  return {
    kind: "known",
    commits: Number(count.stdout.toString()),
    paths: [...new Set(paths)].toSorted().map(asRepoPath),
  };
}

/**
 * Finds where a track's own work begins: at the commit it was cut from, or, if its worker has
 * rebased it since, where it now leaves the target.
 */
export async function ownBase(at: Git, { base, target }: Stretch): Promise<Sha> {
  const args = ["merge-base", "HEAD", branchRef(target)];
  const forked = await at.run(args);
  if (forked.ending.kind !== "exited") throw gitFailed(at.cwd, args, forked);
  if (!succeeded(forked)) return base;
  const fork = parseSha(forked.stdout.toString().trim());
  if (fork === base) return base;
  return (await isAncestor(at, base, fork)) ? fork : base;
}
