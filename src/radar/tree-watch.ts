import { type FSWatcher, readdirSync, watch } from "node:fs";
import { dirname, join } from "node:path";
import type { Git } from "../ground/git/git.ts";
import { isGone } from "../ground/proc/identity.ts";
import { succeeded } from "../ground/proc/run.ts";
import { decoded, encoded } from "../ground/text.ts";
import { adminFolder, stampOf } from "./pulse.ts";
import type { Scan } from "./scan.ts";

/**
 * The most folders watched, because the system limits a user's watches; trees with more are polled.
 */
const mostFolders = 2_000;

interface Known {
  /** The stamp of its index: the same index has the same folders. */
  readonly stamp: string;
  readonly folders: readonly string[];
}

/**
 * A watch on the folders of worktrees that git knows of, on git's files about them, and on the
 * branches.
 */
export class TreeWatch {
  readonly #git: Git;
  readonly #commonDir: string;
  readonly #watchers = new Map<string, FSWatcher>();
  #known = new Map<string, Known>();
  #woken = new AbortController();

  constructor(git: Git, commonDir: string) {
    this.#git = git;
    this.#commonDir = commonDir;
  }

  /**
   * Returns a signal that the next change aborts; changes before this call do not count any more.
   */
  next(): AbortSignal {
    this.#woken = new AbortController();
    return this.#woken.signal;
  }

  /**
   * Watches the worktrees that were looked at, and no others any more; of untracked files the
   * folders that the look has seen.
   * @returns false when part of it cannot be watched, or is too much: then only looking tells
   */
  async follow({ seen }: Pick<Scan, "seen">): Promise<boolean> {
    const trees = seen.flatMap((one) => {
      const { worktree } = one.subject;
      if (worktree === undefined) return [];
      return [{ worktree, changed: one.state === "unknown" ? [] : one.changed }];
    });
    const known = new Map<string, Known>();
    for (const { worktree } of trees) known.set(worktree, await this.#look(worktree));
    this.#known = known;
    const git = [
      this.#commonDir,
      ...foldersIn(join(this.#commonDir, "refs", "heads")),
      ...trees.map(({ worktree }) => adminFolder(worktree)),
    ];
    const own = trees.flatMap(({ worktree, changed }) => [
      ...(known.get(worktree)?.folders ?? []),
      ...changed.map((path) => dirname(join(worktree, path))),
    ]);
    const all = new Set([...git, ...own]);
    const isTooMuch = all.size > mostFolders;
    return this.#watch(isTooMuch ? new Set(git) : all) && !isTooMuch;
  }

  close(): void {
    this.#watch(new Set());
  }

  async #look(worktree: string): Promise<Known> {
    const stamp = stampOf(join(adminFolder(worktree), "index"));
    const before = this.#known.get(worktree);
    if (before?.stamp === stamp) return before;
    const listed = await this.#git.at(worktree).run(["ls-files", "-z"]);
    const paths = succeeded(listed) ? decoded(listed.stdout).split("\0") : [];
    const folders = new Set([worktree, ...paths.map((path) => dirname(join(worktree, path)))]);
    return { stamp, folders: [...folders] };
  }

  #watch(wanted: ReadonlySet<string>): boolean {
    for (const [folder, watcher] of this.#watchers) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    const fresh = [...wanted].filter((folder) => !this.#watchers.has(folder));
    const before = this.#watchers.size;
    const isWhole = fresh.map((folder) => this.#watchOne(folder)).every(Boolean);
    // Something may have changed there between the look and the watch.
    if (this.#watchers.size > before) this.#woken.abort();
    return isWhole;
  }

  #watchOne(folder: string): boolean {
    try {
      const watcher = watch(encoded(folder), { persistent: false }, () => this.#woken.abort());
      watcher.on("error", () => {
        watcher.close();
        this.#watchers.delete(folder);
        this.#woken.abort();
      });
      this.#watchers.set(folder, watcher);
      return true;
    } catch (error) {
      // Removed meanwhile, or left out of a sparse checkout: the watch on the folder above tells
      // when it comes.
      return isGone(error);
    }
  }
}

/** Lists a folder and all folders in it; none when it is not there. */
function foldersIn(folder: string): readonly string[] {
  try {
    const inside = readdirSync(folder, { recursive: true, withFileTypes: true });
    return [
      folder,
      ...inside.filter((one) => one.isDirectory()).map((one) => join(one.parentPath, one.name)),
    ];
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}
