import { existsSync, type Stats } from "node:fs";
import { chmod, lstat, readdir, rmdir, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Config } from "../ground/config/config.ts";
import { messageOf } from "../ground/errors.ts";
import { findCommit } from "../ground/git/refs.ts";
import { listWorktrees } from "../ground/git/worktrees.ts";
import type { Ground } from "../ground/ground.ts";
import { isGone } from "../ground/proc/identity.ts";
import { succeeded } from "../ground/proc/run.ts";
import { allDrops, type Drop } from "./ref/drop-store.ts";
import { folderSize } from "./ref/folder-size.ts";
import { requireNobodyInside } from "./retire-checks.ts";

/** A kept folder in the report of `clean`. */
export interface KeptFolder {
  readonly track: Drop["track"];
  readonly time: string;
  readonly folder: string;
  readonly bytes: number;
  /** Whether the folder is older than `keep`. */
  readonly due: boolean;
  /** The reason why a due folder stays; null when nothing speaks against its deletion. */
  readonly stays: string | null;
}

/** Looks at all folders under `.dropped`, and finds what speaks against deleting the due ones. */
export async function surveyKept(ground: Ground, config: Config): Promise<readonly KeptFolder[]> {
  const { store, clock } = ground;
  const kept: KeptFolder[] = [];
  for (const drop of allDrops(store)) {
    const { track, time, folder } = drop;
    if (drop.state === "restored" || folder === null || !existsSync(folder)) continue;
    const due = drop.state === "expired" || clock.now() - drop.at > config.worktrees.keepMs;
    const stays = due ? await whyStays(ground, drop, folder) : null;
    kept.push({ track, time, folder, bytes: await folderSize(folder), due, stays });
  }
  return kept;
}

async function whyStays(ground: Ground, drop: Drop, folder: string): Promise<string | null> {
  try {
    const dropped = await lstat(dirname(folder));
    const own = await lstat(folder);
    if (!dropped.isDirectory() || !own.isDirectory()) return "it is a link, not a folder";
    const worktrees = await listWorktrees(ground.git.at(ground.repo.mainTop));
    const used = worktrees.find(({ path }) => path === folder || path.startsWith(`${folder}/`));
    if (used !== undefined) return `the worktree ${used.path} is in it`;
    await requireNobodyInside(folder);
    return drop.rescue === null ? null : await whyNotHeld(ground, drop.rescue);
  } catch (error) {
    return messageOf(error);
  }
}

/**
 * Finds why a rescue ref cannot be relied on; null when it is still there, with every object that
 * it names.
 */
async function whyNotHeld(
  { git, repo }: Ground,
  { ref, commit }: NonNullable<Drop["rescue"]>,
): Promise<string | null> {
  const main = git.at(repo.mainTop);
  if ((await findCommit(main, ref)) !== commit) return `${ref} is not what was written`;
  const args = ["rev-list", "--objects", "--quiet", commit, `^${commit}^1`];
  return succeeded(await main.run(args)) ? null : `${ref} is not whole`;
}

/**
 * Deletes a kept folder, or the registration that was kept with it. This is the only place in the
 * program where files of the user are deleted. No link is followed, no other file system entered;
 * it can be run again after it was broken off.
 */
export async function deleteKept(folder: string): Promise<void> {
  try {
    const top = await lstat(folder);
    if (!top.isDirectory()) throw new Error(`${folder} is not a folder`);
    await deleteTree(Buffer.from(folder), top);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

async function deleteTree(path: Buffer, top: Stats): Promise<void> {
  const stats = await lstat(path);
  if (stats.dev !== top.dev) throw new Error(`${path.toString()} is another file system`);
  if (!stats.isDirectory()) {
    await unlink(path);
    return;
  }
  // Caches are often written read-only; a folder has to be writable to be emptied.
  if ((stats.mode & 0o700) !== 0o700) await chmod(path, stats.mode | 0o700);
  for (const name of await readdir(path, { encoding: "buffer" })) {
    await deleteTree(Buffer.concat([path, Buffer.from("/"), name]), top);
  }
  await rmdir(path);
}

/** Whether the drop's folder is where a kept folder must be: nothing else is ever deleted. */
export function isKeptPlace(drop: Drop, stateDir: string): boolean {
  const name = `${drop.track}-${drop.time}`;
  const folder = drop.folder ?? "";
  return (
    folder.endsWith(`/.dropped/${name}`) &&
    (drop.aside === null || drop.aside === join(stateDir, "dropped", name))
  );
}
