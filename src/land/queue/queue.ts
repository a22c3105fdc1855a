import type { TrackName } from "../../ground/ids.ts";
import type { Reach } from "../../radar/reach.ts";
import type { GateKind, GateRecord } from "../landing/gate-kind.ts";

/** A ready track as the queue has to know it. */
export interface Candidate {
  readonly track: TrackName;
  /** Tracks it comes after, wherever they are; those in the queue land first. */
  readonly after: readonly TrackName[];
  /** The higher, the sooner. */
  readonly priority: number;
  /** Changed paths: what is small is in nobody's way. */
  readonly size: number;
  /** Since when it has been ready, in epoch milliseconds. */
  readonly since: number;
  /** What it changes, soft paths left out. */
  readonly reach: Reach;
}

export interface QueueEntry extends Candidate {
  /** Whether it has been green, by itself or in company, on this tip of the target or an earlier one. */
  readonly passed: boolean;
  /** Never in a union again: one turned red, or could not be put together, with it. */
  readonly apart: boolean;
  /** How many landings went without it. */
  readonly waited: number;
  /** How often somebody else moved the target under it. */
  readonly moves: number;
}

/** One run of the gate, and what became of it. */
export interface GateRun {
  readonly id: number;
  readonly kind: GateKind;
  /** In the order in which they are put on top of each other. */
  readonly tracks: readonly TrackName[];
  /** The commit below; unknown while the run it is on top of has not put its own together. */
  readonly onto: string | undefined;
  /** The run it is on top of, as long as that one has not landed. */
  readonly over: number | undefined;
  readonly state: "running" | "green" | "red" | "advancing";
  /** What lands, once it is green. */
  readonly commit: string | undefined;
}

/** A red union, taken apart; nobody joins it any more. */
export interface Split {
  readonly tracks: readonly TrackName[];
  readonly again: "owed" | "running" | "red";
  /** The first `low` are green together, the first `high` are red. */
  readonly low: number;
  readonly high: number;
}

export interface Queue {
  /** How many gates may run at once. */
  readonly parallel: number;
  /** How many tracks were red by themselves, of how many that were seen: how likely the next one is. */
  readonly seen: GateRecord;
  readonly target: string;
  readonly entries: readonly QueueEntry[];
  readonly runs: readonly GateRun[];
  readonly split: Split | undefined;
  /** Red together, with nobody known to be red by itself: never to be gated together again. */
  readonly clashes: readonly (readonly TrackName[])[];
}

export type QueueEvent =
  | { readonly type: "entered"; readonly candidate: Candidate }
  /** It is no longer the queue's: handed back, waiting for a person, gone. */
  | { readonly type: "left"; readonly track: TrackName }
  | { readonly type: "began"; readonly run: Omit<GateRun, "state" | "commit"> }
  | { readonly type: "green"; readonly id: number; readonly commit: string }
  | { readonly type: "red"; readonly id: number }
  /** It could not be put together, or not be brought in; `track` where that is one track's doing. */
  | { readonly type: "broken"; readonly id: number; readonly track: TrackName | undefined }
  | { readonly type: "advancing"; readonly id: number }
  | { readonly type: "landed"; readonly id: number }
  | { readonly type: "dropped"; readonly id: number }
  /** Somebody else moved the target. */
  | { readonly type: "moved"; readonly target: string };

export function emptyQueue(start: Pick<Queue, "parallel" | "seen" | "target">): Queue {
  return { ...start, entries: [], runs: [], split: undefined, clashes: [] };
}

export const findRun = ({ runs }: Queue, id: number | undefined): GateRun | undefined =>
  runs.find((run) => run.id === id);
