import type { TrackName } from "../ground/ids.ts";
import { isLive, type Track } from "../track/track.ts";

/** The state of one worktree, or of a track without one; `undefined` for each look that failed. */
export interface SafetyFacts {
  readonly track: Track | undefined;
  /** Whether git knows a worktree there, and whether its folder leads back to git. */
  readonly registration: "there" | "missing" | "foreign" | "locked" | "none";
  /** Processes that work in the folder. */
  readonly inside: readonly number[] | undefined;
  /** Whether the last worker of the track may still run. */
  readonly worker: "over" | "running" | undefined;
  /**
   * How many paths are changed, staged or untracked; an open merge or rebase counts as one more.
   */
  readonly dirty: number | undefined;
  /** Whether the target has all commits of the track, by content. */
  readonly merged: boolean | undefined;
}

export type CleanClass = "safe" | "dirty" | "unmerged" | "live" | "unknown";

export interface CleanVerdict {
  readonly class: CleanClass;
  readonly reason: string;
}

/**
 * Classifies a worktree: `safe` only when that is proven; `unknown`, so that it stays, when a look
 * failed.
 */
export function classify(sight: SafetyFacts): CleanVerdict {
  const { track, registration, inside, worker, dirty, merged } = sight;
  if (track === undefined) return { class: "unknown", reason: "no track is recorded for it" };
  if (registration === "none") return { class: "unknown", reason: "git knows no worktree here" };
  if (registration === "missing") return { class: "unknown", reason: "its folder is missing" };
  if (registration === "foreign") return { class: "unknown", reason: "its .git leads elsewhere" };
  if (registration === "locked") return { class: "unknown", reason: "the worktree is locked" };
  if (isLive(track)) return { class: "live", reason: `the track is ${track.at.state}` };
  if (worker === undefined) return unproven("whether its worker runs");
  if (worker === "running") return { class: "live", reason: "its worker runs" };
  if (inside === undefined) return unproven("who works in it");
  if (inside.length > 0) {
    return { class: "live", reason: `process ${inside.join(", ")} works in it` };
  }
  if (dirty === undefined) return unproven("what was changed in it");
  if (dirty > 0) return { class: "dirty", reason: `${dirty} paths are changed or untracked` };
  if (merged === undefined) return unproven("whether the target has its commits");
  if (!merged) return { class: "unmerged", reason: `${track.target} does not have all of it` };
  return { class: "safe", reason: `${track.target} has all of it` };
}

function unproven(what: string): CleanVerdict {
  return { class: "unknown", reason: `it could not be told ${what}` };
}

/** A worktree in the report of `clean`. */
export interface CleanItem extends CleanVerdict {
  readonly track: TrackName | null;
  readonly worktree: string;
  /** The size of the folder, with everything in it. */
  readonly bytes: number;
  /** The size of the files that git ignores: they stay in the kept folder, in no ref. */
  readonly ignoredBytes: number;
}
