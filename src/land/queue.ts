import { assertNever } from "../ground/errors.ts";
import type { TrackName } from "../ground/ids.ts";
import type { Reach } from "../radar/reach.ts";
import { change, hearRed, narrow, settle, suspectLast } from "./queue-blame.ts";

/** What a gate is run for; the kill tests die at the begin and at the end of each of them. */
export const gateKinds = [
  /** A track by itself on the target's tip. */
  "alone",
  /** A few of which nothing is known, together: all green at once, or each to be gated by itself. */
  "group",
  /** Path-disjoint tracks that have passed by themselves, together. */
  "union",
  /** The same tree once more, because a union was red: bad luck, or not. */
  "again",
  /** The first so many of a red union, to find out where it turns red. */
  "part",
  /** On top of a gate that still runs, as if that one had landed. */
  "ahead",
] as const;
export type GateKind = (typeof gateKinds)[number];

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

export interface Entry extends Candidate {
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
  readonly seen: Seen;
  readonly target: string;
  readonly entries: readonly Entry[];
  readonly runs: readonly GateRun[];
  readonly split: Split | undefined;
  /** Red together, with nobody known to be red by itself: never to be gated together again. */
  readonly clashes: readonly (readonly TrackName[])[];
}

export interface Seen {
  readonly red: number;
  readonly of: number;
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

/** What is presumed of a repository without any gate so far: one in five is red. */
export const presumed: Seen = { red: 1, of: 5 };

export const findRun = ({ runs }: Queue, id: number | undefined): GateRun | undefined =>
  runs.find((run) => run.id === id);

/** The queue after an event. Pure; what it means for what is done next is for `next`. */
export function after(queue: Queue, event: QueueEvent): Queue {
  switch (event.type) {
    case "entered":
      return enter(queue, event.candidate);
    case "left":
      return leave(queue, event.track);
    case "began":
      return begin(queue, { ...event.run, state: "running", commit: undefined });
    case "green":
      return green(queue, event);
    case "red":
      return narrow(hearRed(update(queue, event.id, { state: "red" }), [event.id]), event.id);
    case "broken":
      return broken(queue, event);
    case "advancing":
      return update(queue, event.id, { state: "advancing" });
    case "landed":
      return landed(queue, event.id);
    case "dropped":
      return { ...queue, runs: queue.runs.filter(({ id }) => id !== event.id) };
    case "moved":
      return moved(queue, event.target);
    default:
      return assertNever(event);
  }
}

function enter(queue: Queue, candidate: Candidate): Queue {
  if (queue.entries.some(({ track }) => track === candidate.track)) return queue;
  const fresh = { passed: false, apart: false, waited: 0, moves: 0 };
  const after = candidate.after.filter((name) => !comesAfter(queue, name, candidate.track));
  return { ...queue, entries: [...queue.entries, { ...candidate, ...fresh, after }] };
}

/** Whether one waits for another, over however many: nobody may wait for itself. */
function comesAfter(queue: Queue, name: TrackName, other: TrackName): boolean {
  if (name === other) return true;
  const entry = queue.entries.find(({ track }) => track === name);
  return entry?.after.some((below) => comesAfter(queue, below, other)) === true;
}

function leave(queue: Queue, name: TrackName): Queue {
  const entries = queue.entries.filter(({ track }) => track !== name);
  const isTorn = queue.split?.tracks.includes(name) === true;
  // With somebody gone who may have been why, it is open again who is red with whom.
  const clashes = queue.clashes.filter((tracks) => !tracks.includes(name));
  return { ...queue, entries, clashes, split: isTorn ? undefined : queue.split };
}

function update(queue: Queue, id: number, change: Partial<GateRun>): Queue {
  return { ...queue, runs: queue.runs.map((run) => (run.id === id ? { ...run, ...change } : run)) };
}

function begin(queue: Queue, run: GateRun): Queue {
  const { split: torn } = queue;
  const again = run.kind === "again" && torn !== undefined;
  return {
    ...queue,
    runs: [...queue.runs, run],
    ...(again ? { split: { ...torn, again: "running" } } : {}),
  };
}

function green(queue: Queue, { id, commit }: { readonly id: number; readonly commit: string }) {
  const run = findRun(queue, id);
  if (run === undefined) return queue;
  const now = update(queue, id, { state: "green", commit });
  const fresh = now.entries.filter((one) => !one.passed && run.tracks.includes(one.track));
  const seen = { red: now.seen.red, of: now.seen.of + fresh.length };
  // Whoever was red before, and is green now, was only unlucky.
  const clashes = now.clashes.filter((tracks) => !tracks.every((one) => run.tracks.includes(one)));
  const passed = change({ ...now, seen, clashes }, run.tracks, { passed: true });
  // The union was only unlucky.
  if (run.kind === "again") return { ...passed, split: undefined };
  return narrow(passed, id);
}

function broken(
  queue: Queue,
  { id, track }: { readonly id: number; readonly track: TrackName | undefined },
): Queue {
  const run = findRun(queue, id);
  if (run === undefined) return queue;
  const rest = { ...queue, runs: queue.runs.filter((one) => one.id !== id) };
  const dissolved = run.kind === "part" || run.kind === "again" ? { split: undefined } : {};
  const guilty = track === undefined ? run.tracks : [track];
  return change({ ...rest, ...dissolved }, guilty, { apart: true, passed: false });
}

function landed(queue: Queue, id: number): Queue {
  const run = findRun(queue, id);
  if (run?.commit === undefined) return queue;
  const { tracks, commit } = run;
  const rest: Queue = {
    ...queue,
    target: commit,
    split: undefined,
    entries: queue.entries
      .filter(({ track }) => !tracks.includes(track))
      .map((entry) => ({ ...entry, waited: entry.waited + 1 })),
    runs: queue.runs
      .filter((one) => one.id !== id)
      .map((one) => (one.over === id ? { ...one, over: undefined, onto: commit } : one)),
  };
  const above = queue.runs.filter(({ over }) => over === id).map((one) => one.id);
  return hearRed(settle(suspectLast(rest, queue.split), tracks), above);
}

function moved(queue: Queue, target: string): Queue {
  const isLanding = queue.runs.some(({ state }) => state === "advancing");
  // A checkout that was switched away keeps it from landing as well.
  if (target === queue.target && !isLanding) return queue;
  // What was about to land, and will not: the next one may have the same fate.
  const foiled = queue.runs.filter(
    ({ kind, state }) => state === "advancing" || kind === "union" || kind === "again",
  );
  const tracks = new Set(foiled.flatMap((run) => run.tracks));
  const entries = queue.entries.map((entry) =>
    tracks.has(entry.track) ? { ...entry, moves: entry.moves + 1 } : entry,
  );
  return { ...queue, target, entries, split: undefined };
}
