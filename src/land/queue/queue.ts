import type { TrackName } from "../../ground/ids.ts";
import type { Reach } from "../../radar/reach.ts";
import type { GateKind, GateRecord } from "../landing/gate-kind.ts";

/** A ready track as the queue has to know it. */
export interface Candidate {
  readonly track: TrackName;
  /** Tracks this track comes after, wherever they are; those in the queue land first. */
  readonly after: readonly TrackName[];
  /** The track's priority: the higher, the sooner it lands. */
  readonly priority: number;
  /** The number of changed paths: a small track is in the way of few others. */
  readonly size: number;
  /** Since when the track has been ready, in epoch milliseconds. */
  readonly since: number;
  /** The paths the track changes, soft paths left out. */
  readonly reach: Reach;
}

export interface QueueEntry extends Candidate {
  /**
   * Whether the track has been green, alone or with others, on this tip of the target or an earlier
   * one.
   */
  readonly passed: boolean;
  /** Whether the track stays out of unions: one with it was red, or not put together. */
  readonly apart: boolean;
  /** How many landings went without the track. */
  readonly waited: number;
  /** How often the target was moved from outside while the track was about to land. */
  readonly moves: number;
}

/** A run of the gate, and its state. */
export interface GateRun {
  readonly id: number;
  readonly kind: GateKind;
  /** The tracks, in the order in which they are put on top of each other. */
  readonly tracks: readonly TrackName[];
  /** The commit below; unknown while the run below has not put its own commit together. */
  readonly onto: string | undefined;
  /** The run below, as long as that run has not landed. */
  readonly over: number | undefined;
  readonly state: "running" | "green" | "red" | "advancing";
  /** The commit that lands; set once the run is green. */
  readonly commit: string | undefined;
}

/** A red union that is being taken apart; no track joins it any more. */
export interface Split {
  readonly tracks: readonly TrackName[];
  readonly again: "owed" | "running" | "red";
  /** The first `low` tracks are green together, the first `high` are red. */
  readonly low: number;
  readonly high: number;
}

export interface Queue {
  /** How many gates may run at once. */
  readonly parallel: number;
  /**
   * How many tracks were red by themselves, of how many that were seen: how likely the next track
   * is red.
   */
  readonly seen: GateRecord;
  readonly target: string;
  readonly entries: readonly QueueEntry[];
  readonly runs: readonly GateRun[];
  readonly split: Split | undefined;
  /** Tracks that were red together, none by itself: never to be gated together again. */
  readonly clashes: readonly (readonly TrackName[])[];
}

export type QueueEvent =
  | { readonly type: "entered"; readonly candidate: Candidate }
  /** The track is no longer in the queue: handed back, waiting for a person, or gone. */
  | { readonly type: "left"; readonly track: TrackName }
  | { readonly type: "began"; readonly run: Omit<GateRun, "state" | "commit"> }
  | { readonly type: "green"; readonly id: number; readonly commit: string }
  | { readonly type: "red"; readonly id: number }
  /**
   * The run could not be put together or brought in; `track` is set when one track is the cause.
   */
  | { readonly type: "broken"; readonly id: number; readonly track: TrackName | undefined }
  | { readonly type: "advancing"; readonly id: number }
  | { readonly type: "landed"; readonly id: number }
  | { readonly type: "dropped"; readonly id: number }
  /** Another process moved the target. */
  | { readonly type: "moved"; readonly target: string };

export function emptyQueue(start: Pick<Queue, "parallel" | "seen" | "target">): Queue {
  return { ...start, entries: [], runs: [], split: undefined, clashes: [] };
}

export const findRun = ({ runs }: Queue, id: number | undefined): GateRun | undefined =>
  runs.find((run) => run.id === id);
