import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { readInTree } from "../ground/tree-file.ts";

/**
 * Returns a mark that changes when work in a worktree has probably moved on: its HEAD, its index,
 * and other files that grow during work. Costs a few `stat` calls and no git.
 */
export function pulseOf(worktree: string, witnesses: readonly string[]): string {
  const admin = adminFolder(worktree);
  const files = [...["HEAD", "index", "logs/HEAD"].map((name) => join(admin, name)), ...witnesses];
  return files.map(stampOf).join();
}

/** Finds the folder where git keeps the HEAD and the index of a worktree. */
export function adminFolder(worktree: string): string {
  const link = join(worktree, ".git");
  const found = readInTree(worktree, ".git");
  if (found.kind !== "file") return link;
  const named = /^gitdir: (.*)\n?$/.exec(found.bytes.toString())?.[1];
  return named === undefined ? link : resolve(worktree, named);
}

/** Returns a mark that changes with the content of a file; empty when it is not there. */
export function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.mtimeMs}/${stat.size}/${stat.ino}`;
}
