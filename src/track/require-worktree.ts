import { existsSync } from "node:fs";
import { ExitCode, PleachError } from "../ground/errors.ts";
import type { Track } from "./track.ts";

/**
 * Makes sure that a track has a worktree. @throws PleachError `worktree/none` when it has none any
 * more
 */
export function requireWorktree({ name, at, worktree }: Track): void {
  if (existsSync(worktree)) return;
  throw new PleachError({
    code: "worktree/none",
    message: `track ${name} is ${at.state} and has no worktree any more (${worktree})`,
    hint:
      at.state === "landed"
        ? `git show ${at.commit.slice(0, 10)} is the last commit it landed with`
        : `pleach restore ${name} brings back what was put away`,
    exitCode: ExitCode.failed,
  });
}
