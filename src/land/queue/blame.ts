import { assertNever } from "../../ground/errors.ts";
import type { TrackName } from "../../ground/ids.ts";
import type { GateRun, Queue, QueueEntry, Split } from "./queue.ts";

/*
 * Draws conclusions from a red gate about the tracks it ran for. Only a gate of its own ever finds
 * a track guilty; this file only decides which tracks need one, and which must not be gated
 * together again.
 */

/** The highest chance that a track is red by itself: a red gate may have been bad luck. */
const sure = 0.95;

/** The most red groups that are weighed at once: each doubles the work of the sum below. */
const mostClashes = 6;

/**
 * Returns how likely a track is red by itself, from 0 to 1. At least one of the tracks that were
 * red together is to blame, as long as it has not been green since; so the track that explains
 * several red gates is suspected the most.
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
  // Bayes: of all ways in which each group has a red track, the share in which this track is red.
  return Math.min(sure, (usual * chanceOfReds(rest, usual)) / chanceOfReds(weighed, usual));
}

/** Lists, for each group that was red together, its tracks that may still be to blame. */
function openClashes({ clashes, entries }: Queue): readonly (readonly TrackName[])[] {
  const passed = new Set(entries.filter((entry) => entry.passed).map(({ track }) => track));
  return clashes
    .map((tracks) => tracks.filter((track) => !passed.has(track)))
    .filter((tracks) => tracks.length > 0);
}

/** Returns how likely each of the groups has a red track, by inclusion and exclusion. */
function chanceOfReds(sets: readonly (readonly TrackName[])[], usual: number): number {
  let sum = 0;
  for (let bits = 0; bits < 2 ** sets.length; bits += 1) {
    const some = sets.filter((_, at) => (bits & (1 << at)) !== 0);
    const allGreen = (1 - usual) ** new Set(some.flat()).size;
    sum += some.length % 2 === 0 ? allGreen : -allGreen;
  }
  return sum;
}

/**
 * Takes in that these runs are red, as far as they stand on the target itself and not on a run that
 * may turn red.
 */
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

/** Takes in the end of a run that shows where a red union turns red. */
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
  // Even the first track alone turned the union red, so that track is red by itself.
  return change({ ...queue, split: undefined }, now.tracks.slice(0, 1), { apart: true });
}

/**
 * Makes the tracks that turned a part of a red union red prove themselves anew, on top of the green
 * part.
 */
export function suspectLast(queue: Queue, torn: Split | undefined): Queue {
  if (torn === undefined) return queue;
  const suspects = torn.tracks.slice(torn.low, torn.high);
  return change({ ...queue, clashes: [...queue.clashes, suspects] }, suspects, { passed: false });
}

/** Makes the last track of a red group prove itself anew, once all its other tracks have landed. */
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
