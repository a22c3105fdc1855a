import { constants } from "node:fs";
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
import { decoded, encoded } from "../../ground/text.ts";
import { makeFolderInTree, statInTree } from "../../ground/tree-file.ts";

export interface CopyOptions {
  /** The checkout to copy from; a real path. */
  readonly from: string;
  /** The worktree to copy into; a real path. */
  readonly into: string;
  readonly signal?: AbortSignal;
}

/** Files copied at once: enough to hide latency, few enough to leave the disk usable. */
const width = 16;

/**
 * Copies a file, link or folder of one checkout to the same place in another, by reflink where the
 * file system can. Present files stay as they are; sockets and the like are left out. Links are
 * kept as written, except absolute ones into the first checkout: they are led into the second, or a
 * workspace package would be tested from another tree.
 * @returns false when its place was taken already
 */
export async function copyTree(path: string, options: CopyOptions): Promise<boolean> {
  if (statInTree(options.into, path) !== undefined) return false;
  makeFolderInTree(options.into, dirname(path));
  await copyEntry(join(options.from, path), join(options.into, path), options);
  return true;
}

async function copyEntry(source: string, target: string, options: CopyOptions): Promise<void> {
  options.signal?.throwIfAborted();
  // Names are bytes, and a copy has the same bytes.
  const [from, to] = [encoded(source), encoded(target)];
  const facts = await lstat(from);
  if (facts.isSymbolicLink()) {
    const link = decoded(await readlink(from, { encoding: "buffer" }));
    await symlink(encoded(redirected(link, options)), to);
  } else if (facts.isFile()) {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await utimes(to, facts.atime, facts.mtime);
  } else if (facts.isDirectory()) {
    await mkdir(to);
    const names = (await readdir(from, { encoding: "buffer" })).map(decoded);
    await inTurns(names, async (name) => {
      await copyEntry(join(source, name), join(target, name), options);
    });
    await chmod(to, facts.mode & 0o7777);
    // Package managers compare the age of their lockfile with that of the folders beside it.
    await utimes(to, facts.atime, facts.mtime);
  }
}

function redirected(link: string, { from, into }: CopyOptions): string {
  if (!isAbsolute(link)) return link;
  const inside = relative(from, link);
  return inside === ".." || inside.startsWith("../") || isAbsolute(inside)
    ? link
    : join(into, inside);
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
