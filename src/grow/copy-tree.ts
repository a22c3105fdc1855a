import { constants, type Dirent } from "node:fs";
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readlink,
  symlink,
  utimes,
} from "node:fs/promises";
import { dirname, isAbsolute, join, relative } from "node:path";
import { makeFolderInTree } from "../ground/tree-file.ts";

export interface CopyOptions {
  /** The checkout that is copied from; a real path. */
  readonly from: string;
  /** The worktree that is copied into; a real path. */
  readonly into: string;
  readonly signal?: AbortSignal;
}

/** How many files are copied at once: enough to hide latency, few enough to leave the disk usable. */
const width = 16;

/**
 * Copies a file, link or folder of one checkout to the same place in another, by reflink where the
 * file system can. What is there already stays as it is; sockets and the like are left out. Links
 * are kept as written, but for absolute ones into the first checkout: they point into the second,
 * or a workspace package would be tested from another tree.
 * @returns false when there was something in its place already
 */
export async function copyTree(path: string, options: CopyOptions): Promise<boolean> {
  const target = join(options.into, path);
  if (await exists(target)) return false;
  makeFolderInTree(options.into, dirname(path));
  await copyEntry(join(options.from, path), target, options);
  return true;
}

async function copyEntry(source: string, target: string, options: CopyOptions): Promise<void> {
  options.signal?.throwIfAborted();
  const facts = await lstat(source);
  if (facts.isSymbolicLink()) {
    await symlink(redirected(await readlink(source), options), target);
  } else if (facts.isFile()) {
    await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await utimes(target, facts.atime, facts.mtime);
  } else if (facts.isDirectory()) {
    await mkdir(target);
    const entries = await readdir(source, { withFileTypes: true });
    await inTurns(entries, async (entry: Dirent) => {
      await copyEntry(join(source, entry.name), join(target, entry.name), options);
    });
    await chmod(target, facts.mode & 0o7777);
    // Package managers compare the age of their lockfile with that of the folders beside it.
    await utimes(target, facts.atime, facts.mtime);
  }
}

function redirected(link: string, { from, into }: CopyOptions): string {
  if (!isAbsolute(link)) return link;
  const inside = relative(from, link);
  return inside === ".." || inside.startsWith("../") || isAbsolute(inside)
    ? link
    : join(into, inside);
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

async function inTurns<Item>(
  items: readonly Item[],
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const turns = Array.from({ length: Math.min(width, items.length) }, async () => {
    for (const item of queue) await act(item);
  });
  await Promise.all(turns);
}
