import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { git } from "./repo.ts";

/**
 * Reads every file below a folder, by its bytes: `path` (latin1) → kind and content. `.git` is left
 * out.
 */
export function filesOf(folder: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  const walk = (path: Buffer, shown: string): void => {
    for (const name of readdirSync(path, { encoding: "buffer" })) {
      const below = Buffer.concat([path, Buffer.from("/"), name]);
      const at = `${shown}${name.toString("latin1")}`;
      const stats = lstatSync(below);
      if (at === ".git") continue;
      if (stats.isDirectory()) walk(below, `${at}/`);
      else if (stats.isSymbolicLink()) {
        found[at] = `link ${readlinkSync(below, { encoding: "buffer" }).toString("latin1")}`;
      } else {
        const kind = (stats.mode & 0o100) === 0 ? "file" : "program";
        found[at] = `${kind} ${readFileSync(below, "latin1")}`;
      }
    }
  };
  walk(Buffer.from(folder), "");
  return found;
}

/** Reads git's state of a worktree: where HEAD is, and the index with its flags. */
export function gitStateOf(worktree: string): Readonly<Record<string, string>> {
  return {
    head: git(worktree, "rev-parse", "HEAD"),
    ref: git(worktree, "rev-parse", "--symbolic-full-name", "HEAD"),
    index: git(worktree, "ls-files", "-v", "--stage", "-z"),
    intent: git(worktree, "diff-files", "--name-only", "--diff-filter=A", "-z"),
    status: git(worktree, "status", "--porcelain=v2", "-z", "--untracked-files=all"),
  };
}
