import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BranchName, Sha } from "../ids.ts";
import { isGone } from "../proc/identity.ts";
import { describeEnding, succeeded } from "../proc/run.ts";
import { encoded } from "../text.ts";
import type { Git } from "./git.ts";

/** An operation that git has not finished in a worktree; a person has to finish it first. */
export type Operation = "rebase" | "am" | "merge" | "cherry-pick" | "revert" | "bisect";

/** The files that mark an operation, outer operations first: a rebase runs cherry-picks inside. */
const marks: readonly (readonly [file: string, operation: Operation])[] = [
  ["rebase-merge", "rebase"],
  ["rebase-apply/applying", "am"],
  ["rebase-apply", "rebase"],
  ["MERGE_HEAD", "merge"],
  ["CHERRY_PICK_HEAD", "cherry-pick"],
  ["REVERT_HEAD", "revert"],
  ["sequencer/todo", "cherry-pick"],
  ["BISECT_LOG", "bisect"],
];

/** Finds the unfinished operation of a worktree, read from its git directory as git does. */
export function findOperation(gitDir: string): Operation | undefined {
  return marks.find(([file]) => existsSync(encoded(join(gitDir, file))))?.[1];
}

/** Finds the branch that HEAD will name again when the operation under way is over. */
export function findBranchUnderWay(gitDir: string): BranchName | undefined {
  for (const file of ["rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START"]) {
    const text = readIfThere(encoded(join(gitDir, file)));
    if (text !== undefined) return text.trim().replace(/^refs\/heads\//, "") as BranchName;
  }
  return undefined;
}

/** Reads a file that may vanish meanwhile: another process may end its operation at any time. */
function readIfThere(path: string | Buffer): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/**
 * Reads what HEAD names in a worktree: a full ref, or a commit when HEAD is detached. Git itself
 * only reads this file; where refs are stored in another way, git is asked.
 */
export async function headOf(git: Git): Promise<string> {
  const text = readFileSync(join(git.gitDir, "HEAD"), "utf8").trim();
  const ref = /^ref: (refs\/.*)$/.exec(text)?.[1];
  if (ref !== undefined && ref !== "refs/heads/.invalid") return ref;
  if (/^[0-9a-f]{40,64}$/.test(text)) return text;
  const named = await git.find(["symbolic-ref", "--quiet", "HEAD"]);
  return named?.trim() ?? (await git.text(["rev-parse", "HEAD"]));
}

/** The time limit of a checkout, ten minutes: a checkout of many files takes its time. */
const checkoutTimeoutMs = 600_000;

/**
 * Moves index and worktree from one commit to another and leaves HEAD alone. Git checks every path
 * first: where a change of the user is in the way, nothing is touched.
 */
export async function moveCheckout(
  git: Git,
  from: Sha,
  to: Sha,
): Promise<{ readonly kind: "moved" } | { readonly kind: "refused"; readonly why: string }> {
  const args = ["read-tree", "-m", "-u", "--no-recurse-submodules", from, to];
  const result = await git.run(args, { timeoutMs: checkoutTimeoutMs });
  if (succeeded(result)) return { kind: "moved" };
  const said = result.stderr.toString().trim().split("\n")[0] ?? "";
  return { kind: "refused", why: said === "" ? describeEnding(result.ending) : said };
}
