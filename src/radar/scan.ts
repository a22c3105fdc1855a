import type { BranchName, RepoPath, Sha } from "../ground/ids.ts";
import type { Breakage } from "./symbols/may-break.ts";

/** A line of work that the radar looks at. */
export interface Subject {
  /**
   * The name of the track, the branch, or the folder of a worktree on no branch; unique in a scan.
   */
  readonly name: string;
  readonly kind: "track" | "worktree" | "branch";
  readonly branch: BranchName | undefined;
  /** The absolute path of the worktree; undefined for a branch that is checked out nowhere. */
  readonly worktree: string | undefined;
  /** The head of a branch that is checked out nowhere; a worktree's head is looked up. */
  readonly head: Sha | undefined;
}

/** An untracked file that was too large to be read: known by its path and size only. */
export interface LargeFile {
  readonly path: string;
  readonly bytes: number;
}

/** Two versions of the same lines; each cut after a few lines. */
export interface Hunk {
  /** The line in the first version, from 1. */
  readonly line: number;
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
}

/** A path at which two lines of work cannot be merged. */
export interface MetPath {
  readonly path: RepoPath;
  /** Whether the configuration has a policy for the path, by which the landing settles it. */
  readonly soft: boolean;
  /** The conflicting lines; empty for a removal, a rename or a binary file. */
  readonly hunks: readonly Hunk[];
}

/** The relation of a line of work to the target. */
export type SubjectSeen = {
  readonly subject: Subject;
} & (
  | {
      readonly state: "clean" | "conflict";
      readonly head: Sha;
      /** Whether it has changes that are not committed. */
      readonly dirty: boolean;
      readonly large: readonly LargeFile[];
      /** The paths it changes once it is merged with the target. Sorted. */
      readonly changed: readonly RepoPath[];
      /** The changed paths that are not all committed. Sorted. */
      readonly uncommitted: readonly RepoPath[];
      /** The conflicts with the target; soft conflicts alone do not make the state `conflict`. */
      readonly paths: readonly MetPath[];
    }
  | { readonly state: "unknown"; readonly why: string }
);

/** Two lines of work that each merge with the target, but not with each other. */
export interface Meeting {
  readonly names: readonly [string, string];
  readonly paths: readonly MetPath[];
  /**
   * The reason why the conflict is unknown, without paths: some merges make git 2.39 itself break
   * off.
   */
  readonly why?: string;
}

/** A whole look. A subject that is `unknown` or conflicts with the target is in no meeting. */
export interface Scan {
  readonly target: BranchName;
  readonly tip: Sha;
  readonly seen: readonly SubjectSeen[];
  readonly meetings: readonly Meeting[];
  /** The pairs that merge, and of which one would probably break the other. */
  readonly breaks: readonly Breakage[];
}

export const isSoftMeeting = ({ paths, why }: Pick<Meeting, "paths" | "why">): boolean =>
  why === undefined && paths.every(({ soft }) => soft);

/** Writes the `radar` document of schema 1 (docs/schema/radar.json). */
export function formatScan({ target, tip, seen, meetings, breaks }: Scan): object {
  return {
    target,
    tip,
    tracks: seen.map(({ subject, ...rest }) => ({
      name: subject.name,
      kind: subject.kind,
      ...(subject.branch === undefined ? {} : { branch: subject.branch }),
      ...(subject.worktree === undefined ? {} : { worktree: subject.worktree }),
      ...rest,
    })),
    pairs: [
      ...meetings.map(({ names, ...met }) => {
        const kind = met.why === undefined ? "conflict" : "unknown";
        return { tracks: names, kind, soft: isSoftMeeting(met), ...met };
      }),
      ...breaks.map(({ names, breaks: found }) => {
        return { tracks: names, kind: "may-break", soft: false, paths: [], breaks: found };
      }),
    ],
  };
}
