import { ExitCode, PleachError } from "../errors.ts";
import type { BranchName, Sha } from "../ids.ts";
import { parseSha } from "../ids.ts";
import { succeeded } from "../proc/run.ts";
import { type Git, gitFailed } from "./git.ts";

export const branchRef = (branch: BranchName): string => `refs/heads/${branch}`;

/** Finds the commit a full ref or revision names; undefined when it does not exist. */
export async function findCommit(git: Git, revision: string): Promise<Sha | undefined> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`];
  const found = await git.find(args);
  return found === undefined ? undefined : parseSha(found.trim());
}

/** Finds the commit that a revision names. @throws PleachError `commit/none` when there is none */
export async function requireCommit(git: Git, revision: string): Promise<Sha> {
  const commit = await findCommit(git, revision);
  if (commit !== undefined) return commit;
  throw new PleachError({
    code: "commit/none",
    message: `${JSON.stringify(revision)} names no commit`,
    hint: "name a branch, a tag or a commit that exists",
    exitCode: ExitCode.usage,
  });
}

/** Lists every path in the tree of a commit. */
export async function trackedPaths(git: Git, commit: Sha): Promise<readonly string[]> {
  return await git.fields(["ls-tree", "-r", "-z", "--name-only", commit]);
}

/** Finds the tree of a commit. */
export async function treeOf(git: Git, commit: Sha): Promise<Sha> {
  return parseSha(await git.text(["rev-parse", "--verify", `${commit}^{tree}`]));
}

export async function isAncestor(git: Git, ancestor: Sha, of: Sha): Promise<boolean> {
  return await git.holds(["merge-base", "--is-ancestor", ancestor, of]);
}

/**
 * Compares and swaps a ref; `undefined` as the old value means that the ref must not exist.
 * @returns "moved" when the ref was not at the expected commit; any other failure is an error
 */
export async function swapRef(
  git: Git,
  ref: string,
  change: { readonly from: Sha | undefined; readonly to: Sha; readonly reason: string },
): Promise<"swapped" | "moved"> {
  const from = change.from ?? "0".repeat(change.to.length);
  const args = ["update-ref", "-m", change.reason, ref, change.to, from];
  const result = await git.run(args);
  if (succeeded(result)) return "swapped";
  const now = await findCommit(git, ref);
  if (now !== change.from) return "moved";
  throw gitFailed(git.cwd, args, result);
}

/** Deletes a ref if it still names `from`. */
export async function deleteRef(git: Git, ref: string, from: Sha): Promise<"deleted" | "moved"> {
  const args = ["update-ref", "-d", ref, from];
  const result = await git.run(args);
  if (succeeded(result)) return "deleted";
  const now = await findCommit(git, ref);
  if (now === undefined) return "deleted";
  if (now !== from) return "moved";
  throw gitFailed(git.cwd, args, result);
}
