import { relative } from "node:path";
import type { Launch } from "../../agents/launch.ts";
import { writeInTree } from "../../ground/tree-file.ts";
import { writeWhole } from "../../ground/whole-file.ts";
import { isPathWithin } from "../../track/branch-name.ts";

/**
 * Writes the files a program reads at its start, private: in the state folder, or in its worktree.
 * @throws PleachError `worktree/odd-file` when one of them is no plain file in the worktree
 */
export function writeLaunchFiles({ files = [] }: Launch, worktree: string): void {
  for (const { path, text } of files) {
    if (!isPathWithin(path, worktree)) writeWhole(path, text);
    else {
      writeInTree(worktree, relative(worktree, path), text, { mode: 0o600, folderMode: 0o700 });
    }
  }
}
