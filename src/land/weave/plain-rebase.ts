import type { Git } from "../../ground/git/git.ts";
import { succeeded } from "../../ground/proc/run.ts";

/**
 * The time limit of a rebase: signing may ask a device and a rebase may be long, but a hidden
 * prompt would wait for ever.
 */
export const weaveTimeoutMs = 120_000;

/**
 * Options that rebase commits one by one, as they are, from the caller's starting point and not one
 * that git guesses.
 */
export const rebaseFlags = [
  ...["--quiet", "--merge", "--no-rebase-merges", "--no-fork-point", "--no-verify"],
] as const;

/**
 * Rebases a clean worktree where it stands onto a commit; a conflict leaves everything as it was.
 */
export async function rebaseInPlace(here: Git, onto: string, upstream: string): Promise<boolean> {
  const args = ["rebase", ...rebaseFlags, "--onto", onto, upstream];
  if (succeeded(await here.run(args, { env: { GIT_EDITOR: ":" } }))) return true;
  await here.run(["rebase", "--abort"]);
  return false;
}
