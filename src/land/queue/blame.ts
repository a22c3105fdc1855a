import { assertNever } from "../../ground/errors.ts";
import type { TrackName } from "../../ground/ids.ts";
import type { GateRun, Queue, QueueEntry, Split } from "./queue.ts";

/*
 * What a red gate says of those it ran for. A track is only ever found guilty by a gate of its own;
 * all that is told here is who has to have one, and who is not to be gated together again.
 */

/** How likely a track is red by itself, at most: a red gate may have been bad luck. */
const sure = 0.95;

/** More of what was red together is not weighed at once: the sum below doubles with each. */
const mostClashes = 6;

/**
 * How likely a track is red by itself: 0 to 1. Of those that were red together one is, as far as
 * none of them has been green since; so what explains several red gates is suspected the most.
 */
export function riskOf(queue: Queue, { track }: QueueEntry): number {
  const usual = queue.seen.red / queue.seen.of;
  const open = openClashes(queue);
  const own = open.filter((tracks) => tracks.includes(track));
  if (own.length === 0) return usual;
  const near = new Set(own.flat());
  const isNear = (tracks: readonly TrackName[]): boolean => tracks.some((name) => near.has(name));
  const others = open.filter((tracks) => !own.includes(tracks));
  const apart = others.filter((tracks) => !isNear(tracks));
  const weighed = [...own, ...others.filter(isNear), ...apart].slice(0, mostClashes);
  const rest = weighed.filter((tracks) => !tracks.includes(track));
  // Bayes: of all ways in which each has a red one, the part in which this one is red.
  return Math.min(sure, (usual * chanceOfReds(rest, usual)) / chanceOfReds(weighed, usual));
}

/** Of each that was red together, those that may be why. */
function openClashes({ clashes, entries }: Queue): readonly (readonly TrackName[])[] {
  const passed = new Set(entries.filter((entry) => entry.passed).map(({ track }) => track));
  return clashes
    .map((tracks) => tracks.filter((track) => !passed.has(track)))
    .filter((tracks) => tracks.length > 0);
}

/** How likely there is a red one in each of them, by inclusion and exclusion. */
function chanceOfReds(sets: readonly (readonly TrackName[])[], usual: number): number {
  let sum = 0;
  for (let bits = 0; bits < 2 ** sets.length; bits += 1) {
    const some = sets.filter((_, at) => (bits & (1 << at)) !== 0);
    const allGreen = (1 - usual) ** new Set(some.flat()).size;
    sum += some.length % 2 === 0 ? allGreen : -allGreen;
  }
  return sum;
}

/** What it means that these are red, as far as they are on the target itself and not on what may be red. */
export function hearRed(queue: Queue, ids: readonly number[]): Queue {
  let now = queue;
  for (const { id, state, over, kind, tracks } of queue.runs) {
    if (!ids.includes(id) || state !== "red" || over !== undefined) continue;
    now = hearOne(now, kind, tracks);
  }
  return now;
}

function hearOne(queue: Queue, kind: GateRun["kind"], tracks: readonly TrackName[]): Queue {
  const { seen, clashes, split } = queue;
  switch (kind) {
    case "alone":
      return { ...queue, seen: { red: seen.red + 1, of: seen.of + 1 } };
    case "group":
      return { ...queue, clashes: [...clashes, tracks] };
    case "union":
    case "ahead":
      if (tracks.length === 1 || split !== undefined) return queue;
      return { ...queue, split: { tracks, again: "owed", low: 0, high: tracks.length } };
    case "again":
    case "part":
      return queue;
    default:
      return assertNever(kind);
  }
}

/** What the end of a run says about where a red union turns red. */
export function narrow(queue: Queue, id: number): Queue {
  const { split: torn } = queue;
  const run = queue.runs.find((one) => one.id === id);
  if (torn === undefined || run === undefined) return queue;
  let now = torn;
  const size = run.tracks.length;
  if (run.kind === "again") now = { ...now, again: "red" };
  if (run.kind === "part" && run.state === "green") now = { ...now, low: Math.max(now.low, size) };
  if (run.kind === "part" && run.state === "red" && size > now.low) {
    now = { ...now, high: Math.min(now.high, size) };
  }
  if (now.high <= now.low) now = { ...now, high: now.low + 1 };
  if (now.again !== "red" || now.high !== 1) return { ...queue, split: now };
  // Red from the very first one: that one is red by itself.
  return change({ ...queue, split: undefined }, now.tracks.slice(0, 1), { apart: true });
}

/** Those that turned a part of a red union red have to prove themselves anew, on top of the green part. */
export function suspectLast(queue: Queue, torn: Split | undefined): Queue {
  if (torn === undefined) return queue;
  const suspects = torn.tracks.slice(torn.low, torn.high);
  return change({ ...queue, clashes: [...queue.clashes, suspects] }, suspects, { passed: false });
}

/** Where all but one of those that are red together have landed, the last one has to prove itself anew. */
export function settle(queue: Queue, landed: readonly TrackName[]): Queue {
  const left = queue.clashes
    .map((tracks) => tracks.filter((track) => !landed.includes(track)))
    .filter((tracks) => tracks.length > 0);
  const last = left.filter((tracks) => tracks.length === 1).flat();
  return change({ ...queue, clashes: left }, last, { passed: false });
}

export function change(queue: Queue, tracks: readonly TrackName[], to: Partial<QueueEntry>): Queue {
  const entries = queue.entries.map((entry) =>
    tracks.includes(entry.track) ? { ...entry, ...to } : entry,
  );
  return { ...queue, entries };
}
