import { join } from "node:path";
import { asBranchName, type BranchName, parseSha, type Sha } from "../ids.ts";
import { succeeded } from "../proc/run.ts";
import { checkoutOf } from "./by-files.ts";
import type { Git } from "./git.ts";

/** An entry of `git worktree list`. The first is the main worktree. */
export type ListedWorktree =
  | { readonly kind: "bare"; readonly path: string }
  | ({ readonly kind: "branch"; readonly branch: BranchName } & Checkout)
  | ({ readonly kind: "detached" } & Checkout);

interface Checkout {
  readonly path: string;
  readonly head: Sha;
  readonly locked: boolean;
  /** Whether git would prune the entry: its folder is not where it was registered. */
  readonly missing: boolean;
}

export async function listWorktrees(git: Git): Promise<readonly ListedWorktree[]> {
  const text = await git.text(["worktree", "list", "--porcelain", "-z"]);
  const listed = text
    .split("\0\0")
    .filter((block) => block.trim() !== "")
    .map((block) => parseWorktree(block.split("\0")));
  return await Promise.all(listed.map(async (one) => await asCheckout(git, one)));
}

/**
 * Takes a repository with an index for a checkout, even when its configuration calls it bare: an
 * agent may have written that.
 */
async function asCheckout(git: Git, listed: ListedWorktree): Promise<ListedWorktree> {
  const commonDir = join(listed.path, ".git");
  if (listed.kind !== "bare" || checkoutOf(commonDir) === undefined) return listed;
  const env = { GIT_DIR: commonDir, GIT_WORK_TREE: listed.path };
  const [head, ref] = await Promise.all([
    git.text(["rev-parse", "HEAD"], { env }),
    git.run(["symbolic-ref", "--quiet", "HEAD"], { env }),
  ]);
  const checkout = { path: listed.path, head: parseSha(head), locked: false, missing: false };
  if (!succeeded(ref)) return { kind: "detached", ...checkout };
  const branch = ref.stdout
    .toString()
    .trim()
    .replace(/^refs\/heads\//, "");
  return { kind: "branch", branch: asBranchName(branch), ...checkout };
}

function parseWorktree(lines: readonly string[]): ListedWorktree {
  const facts = new Map(
    lines
      .filter((line) => line !== "")
      .map((line) => {
        const space = line.indexOf(" ");
        return space < 0 ? ([line, ""] as const) : [line.slice(0, space), line.slice(space + 1)];
      }),
  );
  const path = facts.get("worktree") ?? "";
  if (facts.has("bare")) return { kind: "bare", path };
  const checkout = {
    path,
    head: parseSha(facts.get("HEAD") ?? ""),
    locked: facts.has("locked"),
    missing: facts.has("prunable"),
  };
  const ref = facts.get("branch");
  if (ref === undefined) return { kind: "detached", ...checkout };
  return { kind: "branch", branch: asBranchName(ref.replace(/^refs\/heads\//, "")), ...checkout };
}
