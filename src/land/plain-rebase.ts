import type { Git } from "../ground/git/git.ts";
import { succeeded } from "../ground/proc/run.ts";
import { hooksOff } from "./integration.ts";

/** A rebase that does only what it is told, whatever the user's configuration adds to one. */
export const plainRebase = [
  ...hooksOff,
  ...["-c", "rebase.updateRefs=false", "-c", "rebase.autoStash=false"],
  ...["-c", "rebase.autoSquash=false", "-c", "rerere.enabled=false"],
  ...["-c", "merge.conflictStyle=diff3"],
] as const;

/** Signing may ask a device, and a rebase may be long; a hidden prompt may wait for ever. */
export const weaveTimeoutMs = 120_000;

/** Commits one by one, as they are, from where the caller says and not from a guess of git's. */
export const rebaseFlags = [
  ...["--quiet", "--merge", "--no-rebase-merges", "--no-fork-point", "--no-verify"],
] as const;

/** Brings a clean worktree onto a commit where it stands; what conflicts leaves all as it was. */
export async function rebaseInPlace(here: Git, onto: string, upstream: string): Promise<boolean> {
  const args = [...plainRebase, "rebase", ...rebaseFlags, "--onto", onto, upstream];
  if (succeeded(await here.run(args, { env: { GIT_EDITOR: ":" } }))) return true;
  await here.run([...hooksOff, "rebase", "--abort"]);
  return false;
}
