import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isGone } from "../proc/identity.ts";
import { readInTree } from "../tree-file.ts";

/*
 * Git knows a linked worktree by its administrative folder `$GIT_COMMON_DIR/worktrees/<id>`, which
 * holds its HEAD, index and reflog. `git worktree remove` deletes the folder, `git worktree prune`
 * also deletes the folders of other people's worktrees; we only ever move it aside, and back.
 */

/** A worktree as git knows it. */
export interface Registration {
  /** The administrative folder. */
  readonly admin: string;
  /** Whether the folder is there and its `.git` leads back to `admin`. */
  readonly folder: "there" | "missing" | "foreign";
  readonly locked: boolean;
}

export function registrationsDir(commonDir: string): string {
  return join(commonDir, "worktrees");
}

/**
 * Finds the registration of a worktree. @returns undefined when git knows no worktree at this path
 */
export function findRegistration(commonDir: string, worktree: string): Registration | undefined {
  for (const id of entriesOf(registrationsDir(commonDir))) {
    const admin = join(registrationsDir(commonDir), id);
    const gitFile = readIfThere(join(admin, "gitdir"))?.trimEnd();
    if (gitFile === undefined) continue;
    if (!isSamePath(dirname(resolve(admin, gitFile)), worktree)) continue;
    const locked = existsSync(join(admin, "locked"));
    return { admin, folder: folderState(worktree, admin), locked };
  }
  return undefined;
}

/** Whether an administrative folder belongs to a worktree at exactly this path. */
export function isAdminOf(admin: string, worktree: string): boolean {
  const gitFile = readIfThere(join(admin, "gitdir"))?.trimEnd();
  return gitFile !== undefined && dirname(resolve(admin, gitFile)) === worktree;
}

/**
 * Finds what stands at the path of a worktree, and whether its `.git` leads to its registration.
 */
export function folderState(worktree: string, admin: string): Registration["folder"] {
  const found = readInTree(worktree, ".git");
  if (found.kind === "none") return existsSync(worktree) ? "foreign" : "missing";
  const link = found.kind === "file" ? found.bytes.toString() : "";
  const target = /^gitdir: (.*)\n?$/.exec(link)?.[1];
  if (target === undefined) return "foreign";
  return isSamePath(resolve(worktree, target), admin) ? "there" : "foreign";
}

function isSamePath(a: string, b: string): boolean {
  return a === b || realPath(a) === realPath(b);
}

/** Resolves a path, also a path whose last part is gone. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (!isGone(error) || dirname(path) === path) throw error;
    return join(realPath(dirname(path)), path.slice(dirname(path).length));
  }
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}
