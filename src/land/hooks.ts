import { existsSync, readdirSync } from "node:fs";
import type { Git } from "../ground/git/git.ts";
import { succeeded } from "../ground/proc/run.ts";

/** Hooks that would run, or rewrite what lands, during a rebase or a commit. */
const rewriting =
  /^(?:pre-commit|prepare-commit-msg|commit-msg|post-commit|pre-rebase|post-rewrite|post-checkout|pre-merge-commit|post-merge)$/;

/** The hooks there are that do not run while something is put onto the target. */
export async function findHooks(git: Git): Promise<readonly string[]> {
  const named = await git.run(["rev-parse", "--path-format=absolute", "--git-path", "hooks"]);
  if (!succeeded(named)) return [];
  const folder = named.stdout.toString().trimEnd();
  return existsSync(folder) ? readdirSync(folder).filter((name) => rewriting.test(name)) : [];
}

/** For people, when there are any. */
export const hooksNote = (hooks: readonly string[]): string | undefined =>
  hooks.length === 0 ? undefined : `hooks are off while the track is rebased: ${hooks.join(", ")}`;
