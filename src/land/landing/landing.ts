import type { Config } from "../../ground/config/config.ts";
import type { TreeEntry } from "../../ground/git/changes.ts";
import type { BranchName, Sha, TaskId, TrackName } from "../../ground/ids.ts";
import type { HumanReason } from "../../track/track.ts";
import type { GateKind } from "./gate-kind.ts";

/** Every step a landing can take; the kill tests die before, in and after each of them. */
export const landSteps = [
  // In the track's worktree and the landing's own:
  "verify",
  "integrate",
  "regenerate",
  "tick",
  "gate",
  // In the checkouts of the target; a person sees the effects from here on:
  "survey",
  "stage-tasks",
  "checkout",
  "verify-head",
  "swap-ref",
  "write-tasks",
  "record",
  // Instead of the rest, when it cannot land:
  "roll-back",
  "hand-back",
] as const;
export type LandStep = (typeof landSteps)[number];

export type Strategy = Config["land"]["strategy"];

export type Outcome =
  | "landed"
  | "conflict"
  | "red"
  | "timeout"
  | "moved"
  | "refused"
  | "handed-back"
  | "needs-human"
  | "nothing";

export type GateReport = {
  /** The shell line that decided: the first that failed, or all of them. */
  readonly command: string;
  /** The exit code; null when the gate ended in another way than by exiting. */
  readonly exitCode: number | null;
  readonly seconds: number;
  /**
   * Set when the gate has passed on a tree on which it has failed: its result cannot be relied on.
   */
  readonly flaky?: true;
  /** Names of failures that the target has as well and that are allowed. */
  readonly allowed?: readonly string[];
  /** Names of failures that the target does not have. */
  readonly new?: readonly string[];
};

/** The outcome of one landing; one element of `landings` in the JSON of `pleach land`. */
export type LandReport = {
  readonly track: TrackName;
  /** All tracks that landed together with this track, itself included, in their order. */
  readonly union?: readonly TrackName[];
  readonly outcome: Outcome;
  /** A stable word for the reason why the track did not land. */
  readonly reason?: string;
  /** The reason for people, in one line. */
  readonly detail?: string;
  /** The commit the target names now, and its tree: the tree that was tested. */
  readonly commit?: Sha;
  readonly tree?: Sha;
  /** The paths that landed, that conflict, or that are in the way. */
  readonly paths: readonly string[];
  readonly gate: GateReport | null;
  /** The first lines that tell of a failure, when a gate was red. */
  readonly failing?: readonly string[];
  /**
   * Changes of files that the gate reads to decide, which were let in, in words: `package.json
   * (scripts)`.
   */
  readonly deciding?: string;
  /** The track's ticks that could not be made. */
  readonly owed?: readonly OwedTick[];
  readonly hint?: string;
};

/** Commits that came onto a track's branch and are in no landing of it. */
export type LateCommits = {
  readonly track: TrackName;
  readonly tip: Sha;
  readonly commits: number;
};

/** The reason why a landing ends without landing. */
export type LandingVerdict = {
  readonly outcome: Exclude<Outcome, "landed">;
  readonly reason: string;
  readonly detail: string;
  readonly hint: string;
  readonly paths: readonly string[];
  /** Set when the track waits for a person from now on. */
  readonly human?: HumanReason;
  /** Evidence for the worker: conflict hunks or the end of an output. */
  readonly evidence?: string;
  /** The first lines that tell of a failure, when a gate was red. */
  readonly failing?: readonly string[];
  /** The track that caused it, when several were to land together and that can be told. */
  readonly track?: TrackName;
};

/** A tick that a landing could not make, in words: a person has to. */
export type OwedTick = {
  readonly track: TrackName;
  readonly id: TaskId;
  readonly detail: string;
};

/** How a tip comes onto the target. */
export type Weave = "as-it-is" | "merged" | Strategy;

/** A track as part of a landing. */
export type Member = {
  readonly track: TrackName;
  readonly tip?: Sha;
  readonly weave?: Weave;
  /**
   * A further commit to leave out besides the target: the recorded base, when the target was
   * rewritten.
   */
  readonly upstream?: Sha;
  /** The commit made of the track, on top of the tracks before it. */
  readonly top?: Sha;
  /** The paths that the track changes itself. */
  readonly own?: readonly string[];
};

/** A checkout of the target, as it was found before anything was changed in it. */
export type Checkout = {
  readonly folder: string;
  readonly gitDir: string;
  /**
   * The index entry of the task file when that file is dirty; `entry` is absent when it had none.
   */
  readonly tasks?: { readonly entry?: TreeEntry; readonly staged: boolean };
};

/** The knowledge of a landing; it grows with each step and is what recovery goes by. */
export type LandingFacts = Member & {
  /** The tracks that land together with the first, on top of it and in this order: a union. */
  readonly others?: readonly Member[];
  readonly target: BranchName;
  readonly strategy: Strategy;
  /** The purpose of the gate; `alone` when undefined. */
  readonly as?: GateKind;
  readonly acceptGate: boolean;
  readonly noGate: boolean;
  /** Set when a forge has merged the track into the target already: only its ticks are left. */
  readonly merged?: boolean;
  /** The target's tip on which the landing is put together. */
  readonly onto?: Sha;
  /**
   * A commit still being gated, on its way into the target, on which the landing stands instead.
   */
  readonly assumed?: Sha | undefined;
  readonly woven?: Sha;
  /**
   * Shell lines that write anew the files that the landing may not merge, with the paths they are
   * for.
   */
  readonly regenerate?: readonly { readonly command: string; readonly paths: readonly string[] }[];
  /** The commit that lands. */
  readonly commit?: Sha;
  readonly tree?: Sha;
  readonly paths?: readonly string[];
  /** Changes of files that the gate reads to decide, which are let in, in words. */
  readonly deciding?: string;
  /** The ticks that could not be made. */
  readonly owed?: readonly OwedTick[];
  readonly gate?: GateReport;
  readonly checkouts?: readonly Checkout[];
  /** A task file that git does not have, to be ticked where it lies. */
  readonly looseTasks?: string;
  /** Set while a checkout may have been changed and is not known to be as it should be. */
  readonly swapped?: boolean;
  /** Commits that came onto the branches while the landing ran. */
  readonly late?: readonly LateCommits[];
  readonly verdict?: LandingVerdict;
};

/** Where a program stands: nothing done yet, or the last step whose result is recorded. */
export type Done = LandStep | undefined;

const forward: readonly LandStep[] = landSteps.slice(0, landSteps.indexOf("roll-back"));

/** Whether a checkout of the target may, from this step on, differ from what its owner left. */
export function mayHaveTouched(step: LandStep): boolean {
  return forward.indexOf(step) >= forward.indexOf("stage-tasks");
}

/** Returns the step that follows; undefined when the landing is over. */
export function nextStep(done: Done, facts: LandingFacts): LandStep | undefined {
  if (done === "roll-back" || done === "hand-back" || done === "record") return undefined;
  if (facts.verdict !== undefined) {
    if (done !== undefined && mayHaveTouched(done)) return "roll-back";
    return isHandBack(facts.verdict) && isOwnDoing(facts) ? "hand-back" : undefined;
  }
  const rest = forward.slice(done === undefined ? 0 : forward.indexOf(done) + 1);
  return rest.find((step) => isNeeded(step, facts));
}

function isNeeded(step: LandStep, facts: LandingFacts): boolean {
  const { checkouts = [], regenerate = [], looseTasks } = facts;
  // When the target has all of it already, there is nothing to test and nothing to move.
  const moves = facts.commit !== facts.onto || facts.commit === undefined;
  const dirtyTasks = checkouts.some((checkout) => checkout.tasks !== undefined);
  switch (step) {
    case "regenerate":
      return regenerate.length > 0;
    case "gate":
      return moves && !facts.noGate;
    case "survey":
    case "swap-ref":
      return moves;
    case "stage-tasks":
      return dirtyTasks;
    case "checkout":
    case "verify-head":
      return checkouts.length > 0;
    case "write-tasks":
      return dirtyTasks || looseTasks !== undefined;
    default:
      return true;
  }
}

/**
 * Whether the outcome is due to the track alone: not to a union, nor to an assumed landing below.
 */
export function isOwnDoing({ others = [], assumed }: LandingFacts): boolean {
  return others.length === 0 && assumed === undefined;
}

/**
 * Whether a step only puts together and tests: up to here nothing is decided, and the landing may
 * wait for others.
 */
export function isPreparing(step: LandStep): boolean {
  return forward.includes(step) && forward.indexOf(step) < forward.indexOf("survey");
}

/** Lists every track of a landing, in order. */
export function membersOf({ others = [], ...lead }: LandingFacts): readonly [Member, ...Member[]] {
  return [lead, ...others];
}

/** Whether a worker can do something about the verdict: then the worker gets the work back. */
export function isHandBack(verdict: LandingVerdict): boolean {
  const { outcome } = verdict;
  return outcome === "conflict" || outcome === "red" || outcome === "timeout";
}
