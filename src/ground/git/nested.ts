import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseSha } from "../ids.ts";
import { succeeded } from "../proc/run.ts";
import { hasOddBytes } from "../text.ts";
import { type BytePath, onDisk, shownPath } from "./byte-path.ts";
import { plainDiff } from "./changes.ts";
import type { Git, GitOptions } from "./git.ts";
import { type IndexEntry, indexEntries, submoduleMode } from "./index-entries.ts";
import { rawEnv } from "./raw.ts";

/*
 * A repository inside a worktree, a submodule or not, has a configuration of its own, written by
 * anyone who works in the worktree; git enters the repository to say whether it is dirty, and runs
 * the filters and monitors named there. So git never enters such a repository for us: its index and
 * its objects are read from a git directory of ours.
 */

/** Finds the repositories that the index of a worktree names and that are filled. */
export async function nestedIn(git: Git, options: GitOptions = {}): Promise<readonly IndexEntry[]> {
  return filledIn(git.cwd, await indexEntries(git, options));
}

export function filledIn(worktree: string, entries: readonly IndexEntry[]): readonly IndexEntry[] {
  return entries.filter(
    ({ mode, stage, path }) =>
      mode === submoduleMode &&
      stage === 0 &&
      existsSync(onDisk(worktree, `${path}/.git` as BytePath)),
  );
}

/** Finds the entries whose repository has uncommitted changes, or cannot be examined. */
export async function dirtyNested(
  git: Git,
  entries: readonly IndexEntry[],
): Promise<readonly BytePath[]> {
  const dirty: BytePath[] = [];
  for (const { path, oid } of entries) {
    const folder = join(git.cwd, shownPath(path));
    if (hasOddBytes(folder) || !(await isClean(git, folder, oid))) dirty.push(path);
  }
  return dirty;
}

/**
 * Whether a nested repository has nothing uncommitted.
 * @param head the commit that the worktree around it records
 */
async function isClean(git: Git, folder: string, head: string): Promise<boolean> {
  const gitDir = gitDirIn(folder);
  if (gitDir === undefined) return false;
  const scratch = mkdtempSync(join(tmpdir(), "pleach-nested-"));
  try {
    const raw = rawEnv({
      ...{ commonDir: gitDir, folder: scratch, workTree: folder },
      anyObject: parseSha(head),
    });
    const env = { ...raw, GIT_INDEX_FILE: join(gitDir, "index") };
    const at = git.at(folder);
    const look = { env: { ...env, GIT_OPTIONAL_LOCKS: "0" } };
    const [staged, files, others, entries] = await Promise.all([
      at.run(["diff-index", "--cached", "--quiet", ...plainDiff, head], look),
      at.run(["diff-files", "--quiet", ...plainDiff], look),
      at.run(["ls-files", "--others", "--exclude-standard", "-z"], look),
      indexEntries(at, look),
    ]);
    if (![staged, files, others].every(succeeded) || others.stdout.length > 0) return false;
    return (await dirtyNested(at, filledIn(folder, entries))).length === 0;
  } catch {
    // A repository that cannot be read is not known to be clean.
    return false;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Finds where a nested repository keeps its index; undefined when there is none that could be read.
 */
function gitDirIn(folder: string): string | undefined {
  const link = join(folder, ".git");
  const kind = statSync(link, { throwIfNoEntry: false });
  if (kind?.isDirectory() !== true && kind?.isFile() !== true) return undefined;
  const named = kind.isFile() ? /^gitdir: (.*)\n?$/.exec(readFileSync(link, "utf8"))?.[1] : ".git";
  if (named === undefined) return undefined;
  const gitDir = resolve(folder, named);
  const index = statSync(join(gitDir, "index"), { throwIfNoEntry: false });
  return index?.isFile() === true ? gitDir : undefined;
}
