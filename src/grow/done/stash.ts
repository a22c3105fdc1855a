import type { Sha } from "../../ground/ids.ts";

/*
 * All worktrees of a repository share one list of stashes. So a stash is no place for a track's
 * work: nothing of it lands, and the next `git stash pop` takes it, in whichever worktree.
 */

/** An entry of the list, as its log names it. */
export interface StashEntry {
  readonly commit: Sha;
  /** The branch the stash was made on; undefined where HEAD was detached. */
  readonly branch: string | undefined;
}

/** Reads the log of `refs/stash`, the oldest first; unreadable lines are passed over. */
export function parseStashLog(text: string): readonly StashEntry[] {
  return text.split("\n").flatMap((line) => {
    const commit = /^[0-9a-f]{40,64} ([0-9a-f]{40}(?:[0-9a-f]{24})?) /.exec(line)?.[1];
    if (commit === undefined) return [];
    const said = line.slice(line.indexOf("\t") + 1);
    return [{ commit: commit as Sha, branch: branchIn(said) }];
  });
}

/**
 * Finds the branch in a stash's first line: `WIP on work/auth: 1234567 Subject`, `On work/auth:
 * words`.
 */
export function branchIn(subject: string): string | undefined {
  const branch = /^(?:WIP on|On) ([^:]+): /.exec(subject)?.[1];
  return branch === "(no branch)" ? undefined : branch;
}

/** A path of a stash, with its objects in the commits the stash is compared with. */
export interface StashedPath {
  readonly path: string;
  /** Object names; null where the path is not there. */
  readonly before: string | null;
  readonly stashed: string | null;
  /** The object in the commits of the track that is looked at. */
  readonly tip: string | null;
  /** The object in the commit from which that track was cut. */
  readonly base: string | null;
}

/** A stash that has something to do with a track. */
export interface Stash {
  readonly commit: Sha;
  readonly branch: string;
  /** The stash's place in the list (`stash@{0}` is the newest); null when no longer listed. */
  readonly place: number | null;
  readonly paths: readonly StashedPath[];
}

export type StashFinding =
  /** Work of the track that lies in the list, and not in its commits. */
  | { readonly kind: "left"; readonly stash: Stash; readonly paths: readonly string[] }
  /** Work that the track had put aside, and that is neither in the list nor in its commits. */
  | { readonly kind: "gone"; readonly stash: Stash; readonly paths: readonly string[] }
  /** Work that another track had put aside, and that is in the commits of this one. */
  | { readonly kind: "foreign"; readonly stash: Stash; readonly paths: readonly string[] };

/** Judges a stash for the track on this branch; undefined when nothing is missing or mixed up. */
export function judgeStash(branch: string, stash: Stash): StashFinding | undefined {
  const named = (is: (path: StashedPath) => boolean): readonly string[] =>
    stash.paths.filter(is).map(({ path }) => path);
  if (stash.branch !== branch) {
    const paths = named(
      ({ stashed, tip, base }) => stashed !== null && tip === stashed && base !== stashed,
    );
    return paths.length === 0 ? undefined : { kind: "foreign", stash, paths };
  }
  const isHeld = stash.place !== null;
  // A stash taken back and worked on is in the commits in another form.
  const paths = named(({ before, stashed, tip }) => tip !== stashed && (isHeld || tip === before));
  if (paths.length === 0) return undefined;
  return { kind: isHeld ? "left" : "gone", stash, paths };
}
