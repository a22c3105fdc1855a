import { realpathSync } from "node:fs";
import { succeeded } from "../proc/run.ts";
import type { Git } from "./git.ts";
import type { Hooks } from "./settings.ts";

/** Finds the folder from which git takes hooks in a worktree; undefined when git cannot say. */
export async function hooksFolder(git: Git): Promise<string | undefined> {
  const args = ["rev-parse", "--path-format=absolute", "--git-path", "hooks"];
  const asked = await git.run(args, { hooks: "user" });
  return succeeded(asked) ? asked.stdout.toString().trimEnd() : undefined;
}

/**
 * Decides whose hooks may run where an agent has worked: the user's, unless they lie in the
 * worktree itself (`core.hooksPath = .husky`), where the agent may have written them.
 */
export async function hooksFor(git: Git): Promise<Hooks> {
  const folder = await hooksFolder(git);
  if (folder === undefined) return "none";
  const [hooks, worktree] = [folder, git.cwd].map(realPath);
  return hooks === undefined || `${hooks}/`.startsWith(`${worktree}/`) ? "none" : "user";
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    // Without the folder there is no hook.
    return undefined;
  }
}
