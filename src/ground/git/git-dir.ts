import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { ExitCode, PleachError } from "../errors.ts";
import { decoded } from "../text.ts";
import { readInTree } from "../tree-file.ts";

/**
 * Finds the git directory of a worktree: `.git` itself, or the folder that a file of that name
 * names.
 * @throws PleachError `worktree/not-one`
 */
export function gitDirOf(worktree: string): string {
  const dotGit = join(worktree, ".git");
  const found = readInTree(worktree, ".git");
  if (found.kind === "file") {
    return resolve(worktree, /^gitdir: (.*)\n?$/.exec(decoded(found.bytes))?.[1] ?? ".git");
  }
  // A folder, or a link to a folder: git takes both.
  if (statSync(dotGit, { throwIfNoEntry: false })?.isDirectory() === true) return dotGit;
  throw new PleachError({
    code: "worktree/not-one",
    message: `${worktree} is not a worktree that can be read`,
    hint: "git worktree list shows those there are; `git worktree repair` mends a moved one",
    exitCode: ExitCode.failed,
  });
}
