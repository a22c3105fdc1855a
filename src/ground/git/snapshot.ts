import { copyFileSync, existsSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { parseSha, type Sha } from "../ids.ts";
import { byteLines, bytePath } from "./byte-path.ts";
import type { Git, GitOptions } from "./git.ts";
import { nestedIn } from "./nested.ts";
import { openScratchObjects, type ScratchObjects } from "./scratch-objects.ts";

/** An entry that is put into the tree in the place of an untracked file. */
export interface StandIn {
  readonly path: string;
  readonly blob: Sha;
}

export interface SnapshotPlace {
  readonly objects: ScratchObjects;
  /** The file for the temporary index. */
  readonly index: string;
}

/** Untracked paths that are not read. */
export interface NotRead {
  readonly standIns: readonly StandIn[];
  /**
   * Repositories inside the worktree, left out: they are not files of the worktree's repository.
   */
  readonly foreign: readonly string[];
}

const readAll: NotRead = { standIns: [], foreign: [] };

/**
 * The settings for content as it is: Git LFS would copy what it cleans into its own store in the
 * user's repository, but the content itself stands in the snapshot.
 */
const asItIs = [
  ...["-c", "filter.lfs.clean=", "-c", "filter.lfs.process=", "-c", "filter.lfs.required=false"],
  ...["-c", "core.looseCompression=0"],
];

/**
 * Writes the content of a worktree as a tree: tracked, staged or not, and untracked, without
 * ignored files. The worktree is not touched: the index is a copy, and the objects are scratch.
 */
export async function snapshotTree(
  git: Git,
  { objects, index }: SnapshotPlace,
  { standIns, foreign }: NotRead = readAll,
): Promise<Sha> {
  await copyIndex(git, index);
  const env = { ...objects.env, GIT_INDEX_FILE: index };
  const left = [...standIns.map(({ path }) => path), ...foreign];
  await addAll(git, { left, settings: asItIs, options: { env } });
  if (standIns.length > 0) {
    const input = standIns.map(({ path, blob }) => `100644 ${blob}\t${path}\0`).join("");
    await git.text([...asItIs, "update-index", "-z", "--index-info"], { env, input });
  }
  return parseSha(await git.text([...asItIs, "write-tree"], { env }));
}

/**
 * Adds all files of a worktree, tracked or not, except the paths left out. Of a repository inside
 * the worktree the checked-out commit is added separately: `git add` would enter the repository.
 */
export async function addAll(
  git: Git,
  {
    left = [],
    settings = [],
    options = {},
  }: {
    readonly left?: readonly string[];
    readonly settings?: readonly string[];
    readonly options?: GitOptions;
  },
): Promise<void> {
  const nested = (await nestedIn(git, options)).map(({ path }) => path);
  const without = [...left.map(bytePath), ...nested];
  const paths = [":/", ...without.map((path) => `:(top,exclude,literal)${path}`)];
  const add = ["add", "--all", "--sparse", "--pathspec-from-file=-", "--pathspec-file-nul"];
  await git.text([...settings, ...add], { ...options, input: byteLines(paths) });
  if (nested.length === 0) return;
  const update = ["update-index", "--add", "--remove", "-z", "--stdin"];
  await git.text([...settings, ...update], { ...options, input: byteLines(nested) });
}

/**
 * Returns the place for a separate snapshot of a worktree. @param scratch an empty folder of the
 * caller's
 */
export function snapshotPlace(scratch: string, commonDir: string): SnapshotPlace {
  return { objects: openScratchObjects(scratch, commonDir), index: join(scratch, "index") };
}

async function copyIndex(git: Git, index: string): Promise<void> {
  const own = await git.text(["rev-parse", "--path-format=absolute", "--git-path", "index"]);
  rmSync(index, { force: true });
  if (!existsSync(own)) return;
  const { mtimeMs } = statSync(own);
  copyFileSync(own, index);
  // Git finds a file that changed in the second its entry was written by the age of the index: a
  // younger copy would hide that change.
  const seconds = Math.floor(mtimeMs / 1_000);
  utimesSync(index, seconds, seconds);
}
