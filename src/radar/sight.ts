import { messageOf } from "../ground/errors.ts";
import type { Git } from "../ground/git/git.ts";
import { type ScratchObjects, writeObject } from "../ground/git/scratch-objects.ts";
import { type SnapshotPlace, snapshotTree } from "../ground/git/snapshot.ts";
import { readStatus, type StatusEntry } from "../ground/git/status.ts";
import type { Sha } from "../ground/ids.ts";
import { statInTree } from "../ground/tree-file.ts";
import type { LargeFile } from "./scan.ts";

/**
 * The present content of a worktree as a commit: HEAD itself, or a commit above it that is only in
 * scratch.
 */
export type WorktreeSight =
  | {
      readonly kind: "seen";
      readonly head: Sha;
      readonly commit: Sha;
      readonly large: readonly LargeFile[];
      /** The paths that differ from HEAD, removed files among them. */
      readonly uncommitted: readonly string[];
      /**
       * A mark of the content: the same mark means that nothing has changed; undefined when that
       * cannot be told.
       */
      readonly print: string | undefined;
    }
  | { readonly kind: "unknown"; readonly why: string };

/** The size in bytes above which untracked files are known by path and size only. */
const largeBytes = 8 * 1024 * 1024;

/**
 * Looks at a worktree and leaves no trace in it. Takes a snapshot only when the worktree has
 * changed.
 * @param before the result of the last look
 */
export async function sightOfWorktree(
  git: Git,
  place: SnapshotPlace,
  before: WorktreeSight | undefined,
): Promise<WorktreeSight> {
  try {
    const { head, entries } = await readStatus(git, { untracked: "all", traceless: true });
    if (head === undefined) return { kind: "unknown", why: "it has no commit yet" };
    if (entries.some(({ kind }) => kind === "unmerged")) {
      return { kind: "unknown", why: "a merge or a rebase is under way in it" };
    }
    const facts = entries.map((entry) => factsOf(git.cwd, entry));
    const print = printOf(head, facts);
    if (before?.kind === "seen" && print !== undefined && print === before.print) return before;
    const commit = entries.length === 0 ? head : await snapshot(git, place, { head, facts });
    const uncommitted = entries.map(({ path }) => path);
    return { kind: "seen", head, commit, print, large: largeOf(facts), uncommitted };
  } catch (error) {
    return { kind: "unknown", why: messageOf(error) };
  }
}

interface EntryFacts {
  readonly entry: StatusEntry;
  /** The size and stamp of the file; undefined when there is nothing at the path. */
  readonly file: { readonly bytes: number; readonly stamp: string } | undefined;
}

function factsOf(folder: string, entry: StatusEntry): EntryFacts {
  const stat = statInTree(folder, entry.path);
  if (stat === undefined) return { entry, file: undefined };
  const stamp = [stat.mtimeNs, stat.ctimeNs, stat.size, stat.mode, stat.ino].join(",");
  return { entry, file: { bytes: Number(stat.size), stamp } };
}

function printOf(head: Sha, facts: readonly EntryFacts[]): string | undefined {
  // The folder of a submodule says nothing about the commit that is checked out in it.
  if (facts.some(({ entry }) => entry.submodule)) return undefined;
  return [head, ...facts.map(({ entry, file }) => `${entry.path}\0${file?.stamp ?? ""}`)].join(
    "\0\0",
  );
}

function largeOf(facts: readonly EntryFacts[]): readonly LargeFile[] {
  return facts.flatMap(({ entry, file }) =>
    entry.kind === "untracked" && file !== undefined && file.bytes > largeBytes
      ? [{ path: entry.path, bytes: file.bytes }]
      : [],
  );
}

async function snapshot(
  git: Git,
  place: SnapshotPlace,
  { head, facts }: { readonly head: Sha; readonly facts: readonly EntryFacts[] },
): Promise<Sha> {
  const { objects } = place;
  const standIns = largeOf(facts).map(({ path, bytes }) => ({
    path,
    blob: writeObject(objects, { kind: "blob", content: `${bytes} bytes, not read\n`, like: head }),
  }));
  // Git names a repository inside the worktree as a folder.
  const foreign = facts.map(({ entry }) => entry.path).filter((path) => path.endsWith("/"));
  const tree = await snapshotTree(git, place, { standIns, foreign });
  return writeCommit(objects, tree, head);
}

/** Writes a commit for git to merge; the same tree on the same parent is always the same commit. */
export function writeCommit(objects: ScratchObjects, tree: Sha, parent: Sha): Sha {
  const who = "Pleach <pleach@localhost> 0 +0000";
  const content = `tree ${tree}\nparent ${parent}\nauthor ${who}\ncommitter ${who}\n\nradar\n`;
  return writeObject(objects, { kind: "commit", content, like: tree });
}
