import { existsSync, readdirSync } from "node:fs";
import type { Git } from "../../ground/git/git.ts";
import { hooksFolder } from "../../ground/git/hooks.ts";

/** Hooks that would run, or rewrite the commits that land, during a rebase or a commit. */
const rewriting =
  /^(?:pre-commit|prepare-commit-msg|commit-msg|post-commit|pre-rebase|post-rewrite|post-checkout|pre-merge-commit|post-merge)$/;

/** Finds the user's hooks that do not run while tracks are put onto the target. */
export async function findHooks(git: Git): Promise<readonly string[]> {
  const folder = await hooksFolder(git);
  if (folder === undefined || !existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => rewriting.test(name));
}

/** Tells people which hooks are off; undefined when there are none. */
export const hooksNote = (hooks: readonly string[]): string | undefined =>
  hooks.length === 0 ? undefined : `hooks are off while the track is rebased: ${hooks.join(", ")}`;
