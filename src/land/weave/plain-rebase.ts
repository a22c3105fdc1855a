import type { Git } from "../../ground/git/git.ts";
import { succeeded } from "../../ground/proc/run.ts";

/** Signing may ask a device, and a rebase may be long; a hidden prompt may wait for ever. */
export const weaveTimeoutMs = 120_000;

/** Commits one by one, as they are, from where the caller says and not from a guess of git's. */
export const rebaseFlags = [
  ...["--quiet", "--merge", "--no-rebase-merges", "--no-fork-point", "--no-verify"],
] as const;

/** Brings a clean worktree onto a commit where it stands; what conflicts leaves all as it was. */
export async function rebaseInPlace(here: Git, onto: string, upstream: string): Promise<boolean> {
  const args = ["rebase", ...rebaseFlags, "--onto", onto, upstream];
  if (succeeded(await here.run(args, { env: { GIT_EDITOR: ":" } }))) return true;
  await here.run(["rebase", "--abort"]);
  return false;
}
