import { existsSync, readdirSync } from "node:fs";
import type { Git } from "../ground/git/git.ts";
import { branchRef } from "../ground/git/refs.ts";
import { type BranchName, parseSha, type Sha } from "../ground/ids.ts";
import { succeeded } from "../ground/proc/run.ts";

/** Hooks that would run, or rewrite what lands, during a rebase or a commit. */
const rewriting =
  /^(?:pre-commit|prepare-commit-msg|commit-msg|post-commit|pre-rebase|post-rewrite|post-checkout|pre-merge-commit|post-merge)$/;

export interface Target {
  readonly tip: Sha;
  /** The hooks there are that do not run while something is put onto it. */
  readonly hooks: readonly string[];
}

/** What is to be landed on; undefined when there is no such branch. */
export async function findTarget(git: Git, target: BranchName): Promise<Target | undefined> {
  const result = await git.run([
    ...["rev-parse", "--path-format=absolute", "--git-path", "hooks"],
    `${branchRef(target)}^{commit}`,
  ]);
  if (!succeeded(result)) return undefined;
  const lines = result.stdout.toString().trimEnd().split("\n");
  const tip = parseSha(lines.at(-1) ?? "");
  const folder = lines.slice(0, -1).join("\n");
  const hooks = existsSync(folder)
    ? readdirSync(folder).filter((name) => rewriting.test(name))
    : [];
  return { tip, hooks };
}

/** For people, when there are any. */
export const hooksNote = (hooks: readonly string[]): string | undefined =>
  hooks.length === 0 ? undefined : `hooks are off while the track is rebased: ${hooks.join(", ")}`;
