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
  // In the checkouts of the target, from here on what a person sees:
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
  /** The shell line that decided: the one that failed, or all of them. */
  readonly command: string;
  /** Null when it ended in another way than by exiting. */
  readonly exitCode: number | null;
  readonly seconds: number;
  /** It has passed on a tree on which it has failed: what it says cannot be relied on. */
  readonly flaky?: true;
  /** Failures, by name, that the target has as well and that may be there. */
  readonly allowed?: readonly string[];
  /** Failures that the target does not have. */
  readonly new?: readonly string[];
};

/** What became of one landing; one element of `landings` in the JSON of `pleach land`. */
export type LandReport = {
  readonly track: TrackName;
  /** All that landed together with it, itself included, in their order. */
  readonly union?: readonly TrackName[];
  readonly outcome: Outcome;
  /** A stable word: why it did not land. */
  readonly reason?: string;
  /** The same for people, in one line. */
  readonly detail?: string;
  /** What the target names now, and its tree: the one that was tested. */
  readonly commit?: Sha;
  readonly tree?: Sha;
  /** What landed, what conflicts, or what is in the way. */
  readonly paths: readonly string[];
  readonly gate: GateReport | null;
  /** Where a gate was red: the first lines that tell of a failure. */
  readonly failing?: readonly string[];
  /** Changes of what the gate reads to decide, which were let in, in words: `package.json (scripts)`. */
  readonly deciding?: string;
  /** Its ticks that could not be made. */
  readonly owed?: readonly OwedTick[];
  readonly hint?: string;
};

/** Commits that came onto a track's branch and are in none of what has landed of it. */
export type LateCommits = {
  readonly track: TrackName;
  readonly tip: Sha;
  readonly commits: number;
};

/** Why a landing ends without landing. */
export type LandingVerdict = {
  readonly outcome: Exclude<Outcome, "landed">;
  readonly reason: string;
  readonly detail: string;
  readonly hint: string;
  readonly paths: readonly string[];
  /** Set when the track waits for a person from now on. */
  readonly human?: HumanReason;
  /** What the worker has to see: conflict hunks or the end of an output. */
  readonly evidence?: string;
  /** Where a gate was red: the first lines that tell of a failure. */
  readonly failing?: readonly string[];
  /** Whose doing it is, where several are to land together and that can be told. */
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
  /** What to leave out besides the target: the recorded base, where the target was rewritten. */
  readonly upstream?: Sha;
  /** What it came to, on top of those before it. */
  readonly top?: Sha;
  /** What it brings along itself. */
  readonly own?: readonly string[];
};

/** A checkout of the target, as it was found before anything was changed in it. */
export type Checkout = {
  readonly folder: string;
  readonly gitDir: string;
  /** The index entry of the task file where that file is dirty; `entry` is absent when it had none. */
  readonly tasks?: { readonly entry?: TreeEntry; readonly staged: boolean };
};

/** What a landing knows; it grows with each step and is what recovery goes by. */
export type LandingFacts = Member & {
  /** Those that land together with it, on top of it and in this order: a union. */
  readonly others?: readonly Member[];
  readonly target: BranchName;
  readonly strategy: Strategy;
  /** What its gate is run for; by itself when undefined. */
  readonly as?: GateKind;
  readonly acceptGate: boolean;
  readonly noGate: boolean;
  /** A forge has merged it into the target already: what is left are its ticks. */
  readonly merged?: boolean;
  /** What it is put on top of: the target's tip. */
  readonly onto?: Sha;
  /** What is on its way into the target and still being gated: put on top of that instead. */
  readonly assumed?: Sha | undefined;
  readonly woven?: Sha;
  /** Shell lines that write anew what the landing may not merge, with the paths they are for. */
  readonly regenerate?: readonly { readonly command: string; readonly paths: readonly string[] }[];
  /** What lands. */
  readonly commit?: Sha;
  readonly tree?: Sha;
  readonly paths?: readonly string[];
  /** Changes of what the gate reads to decide, which are let in, in words. */
  readonly deciding?: string;
  /** The ticks that could not be made. */
  readonly owed?: readonly OwedTick[];
  readonly gate?: GateReport;
  readonly checkouts?: readonly Checkout[];
  /** A task file that git does not have, to be ticked where it lies. */
  readonly looseTasks?: string;
  /** Once a checkout may have been changed, and until it is sure that it is as it should be. */
  readonly swapped?: boolean;
  /** What came onto the branches meanwhile. */
  readonly late?: readonly LateCommits[];
  readonly verdict?: LandingVerdict;
};

/** Where a program stands: nothing done yet, or the last step whose result is recorded. */
export type Done = LandStep | undefined;

const forward: readonly LandStep[] = landSteps.slice(0, landSteps.indexOf("roll-back"));

/** From this step on, a checkout of the target may differ from what its owner left. */
export function mayHaveTouched(step: LandStep): boolean {
  return forward.indexOf(step) >= forward.indexOf("stage-tasks");
}

/** The step that follows; undefined when the landing is over. */
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
  // All of it is in the target already: there is nothing to test and nothing to move.
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

/** Whether what a landing comes to is the track's own doing: not a union's, nor that of what is below. */
export function isOwnDoing({ others = [], assumed }: LandingFacts): boolean {
  return others.length === 0 && assumed === undefined;
}

/** Up to here nothing is decided: it is put together and tested, and may wait for others after it. */
export function isPreparing(step: LandStep): boolean {
  return forward.includes(step) && forward.indexOf(step) < forward.indexOf("survey");
}

/** Every track of a landing, in order. */
export function membersOf({ others = [], ...lead }: LandingFacts): readonly [Member, ...Member[]] {
  return [lead, ...others];
}

/** Whether a worker can do something about it: then it gets the work back. */
export function isHandBack(verdict: LandingVerdict): boolean {
  const { outcome } = verdict;
  return outcome === "conflict" || outcome === "red" || outcome === "timeout";
}
