import { asBranchName, type BranchName, parseSha, type Sha } from "../ids.ts";
import type { Git } from "./git.ts";

/** One entry of `git worktree list`. The first is the main worktree. */
export type ListedWorktree =
  | { readonly kind: "bare"; readonly path: string }
  | ({ readonly kind: "branch"; readonly branch: BranchName } & Checkout)
  | ({ readonly kind: "detached" } & Checkout);

interface Checkout {
  readonly path: string;
  readonly head: Sha;
  readonly locked: boolean;
  /** Git would prune it: its folder is not where it was registered. */
  readonly missing: boolean;
}

export async function listWorktrees(git: Git): Promise<readonly ListedWorktree[]> {
  const text = await git.text(["worktree", "list", "--porcelain", "-z"]);
  return text
    .split("\0\0")
    .filter((block) => block.trim() !== "")
    .map((block) => parseWorktree(block.split("\0")));
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
