import { type Change, isSubmodule } from "../../ground/git/changes.ts";
import type { Operation } from "../../ground/git/checkout.ts";
import type { StatusEntry } from "../../ground/git/status.ts";

/** The state of one checkout of the target. */
export interface CheckoutSeen {
  readonly folder: string;
  readonly operation: Operation | undefined;
  readonly status: readonly StatusEntry[];
  /** Paths on the disk where the landing would add something. */
  readonly inTheWay: readonly string[];
}

/** Why a checkout of the target may not be touched now. */
export type CheckoutObstacle =
  | { readonly kind: "operation"; readonly folder: string; readonly operation: Operation }
  | {
      readonly kind: "unmerged" | "dirty" | "in-the-way";
      readonly folder: string;
      readonly paths: readonly string[];
    };

/**
 * Finds an obstacle to bringing the changes into a checkout without touching anything of its
 * owner's. The task file is merged, and so never in the way.
 */
export function findObstacle(
  seen: CheckoutSeen,
  changes: readonly Change[],
  tasks: string,
): CheckoutObstacle | undefined {
  const { folder, operation, status } = seen;
  if (operation !== undefined) return { kind: "operation", folder, operation };
  const unmerged = status.filter((entry) => entry.kind === "unmerged");
  if (unmerged.length > 0) return { kind: "unmerged", folder, paths: pathsOf(unmerged) };
  const changed = new Set<string>(changes.map((change) => change.path));
  const dirty = status.filter(
    (entry) => entry.path !== tasks && changed.has(entry.path) && isDirty(entry),
  );
  // Git alone cannot turn a submodule into files, or the reverse.
  const swapped = changes.filter(({ before, after }) => {
    const both = before !== undefined && after !== undefined;
    return both && isSubmodule(before) !== isSubmodule(after);
  });
  if (dirty.length > 0) return { kind: "dirty", folder, paths: pathsOf(dirty) };
  const inTheWay = [...seen.inTheWay, ...pathsOf(swapped)];
  return inTheWay.length > 0 ? { kind: "in-the-way", folder, paths: inTheWay } : undefined;
}

/**
 * A submodule with another commit checked out is not dirty: it stays as it is when the recorded
 * commit moves.
 */
const isDirty = (entry: StatusEntry): boolean =>
  entry.staged || (entry.unstaged && !entry.submodule);

const pathsOf = (entries: readonly { readonly path: string }[]): readonly string[] =>
  entries.map((entry) => entry.path);

/** The disk, asked about the paths of a change only as far as needed. */
export interface Disk {
  /**
   * Returns the kind of a path. A symbolic link is not followed: like a file, it is in the way of a
   * folder.
   */
  readonly kindOf: (path: string) => "none" | "file" | "folder";
  /** Lists everything below a folder that is not itself a folder, as paths of the repository. */
  readonly below: (folder: string) => readonly string[];
}

/**
 * Finds the paths on the disk where the changes add a file, ignored files included: git's own check
 * lets those be overwritten. A path that the same change removes makes room and is not in the way.
 */
export function findInTheWay(changes: readonly Change[], disk: Disk): readonly string[] {
  const removed = new Set<string>(
    changes.filter(({ after }) => after === undefined).map((change) => change.path),
  );
  const found = new Set<string>();
  const folders = new Map<string, boolean>();
  for (const { path, before } of changes) {
    if (before !== undefined) continue;
    const blocked = firstBlocking(path, { disk, removed, folders });
    if (blocked !== undefined) found.add(blocked);
  }
  return [...found];
}

interface Look {
  readonly disk: Disk;
  readonly removed: ReadonlySet<string>;
  /** Parents looked at already: whether the path can be entered. */
  readonly folders: Map<string, boolean>;
}

function firstBlocking(path: string, look: Look): string | undefined {
  const { disk, removed, folders } = look;
  for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) {
    const parent = path.slice(0, slash);
    const known = folders.get(parent);
    if (known === false) return undefined;
    if (known === true) continue;
    const kind = disk.kindOf(parent);
    folders.set(parent, kind === "folder");
    if (kind === "file" && !removed.has(parent)) return parent;
    if (kind !== "folder") return undefined;
  }
  const kind = disk.kindOf(path);
  if (kind === "file") return path;
  if (kind === "none") return undefined;
  return disk.below(path).every((inside) => removed.has(inside)) ? undefined : path;
}
