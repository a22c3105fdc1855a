import type { TrackName } from "../../ground/ids.ts";
import { pairsThatMayMeet, type Reach } from "../../radar/reach.ts";
import { riskOf } from "./blame.ts";
import type { GateRun, Queue, QueueEntry } from "./queue.ts";

/**
 * The number of landings without a track after which that track comes first, whatever its priority.
 */
const patience = 10;
/** The chance of landing below which no gate is put on top of a chain: one half. */
export const worthwhile = 0.5;

/** The risk from which on a track comes last: it needs a gate of its own in any case. */
const suspect = 0.7;

/** Whether a run only finds out which tracks are green. */
export const isFilter = ({ kind }: GateRun): boolean => kind === "alone" || kind === "group";

export const freeGates = ({ parallel, runs }: Queue): number =>
  parallel - runs.filter(({ state }) => state === "running").length;

/** Whether too many landings went without the track. */
export const isLate = ({ waited }: QueueEntry): boolean => waited >= patience;

/** Sorts by turn: tracks that waited too long, then by priority, the small, the early. */
export function entriesInOrder(entries: readonly QueueEntry[]): readonly QueueEntry[] {
  const late = (entry: QueueEntry): number => (isLate(entry) ? entry.waited : 0);
  return entries.toSorted(
    (a, b) =>
      late(b) - late(a) ||
      b.priority - a.priority ||
      a.size - b.size ||
      a.since - b.since ||
      (a.track < b.track ? -1 : 1),
  );
}

/** Lists the tracks of the queue that a track has to come after. */
export function comesAfterTracks({ entries }: Queue, entry: QueueEntry): readonly TrackName[] {
  return entry.after.filter((name) => entries.some(({ track }) => track === name));
}

export const isFree = (queue: Queue, entry: QueueEntry): boolean =>
  comesAfterTracks(queue, entry).length === 0;

export const isGated = ({ runs }: Queue, { track }: QueueEntry): boolean =>
  runs.some((run) => run.tracks.includes(track));

/** Lists the tracks that are not known to be green and that nothing keeps from being gated. */
export function unproven(queue: Queue): readonly QueueEntry[] {
  return queue.entries.filter(
    (entry) => !entry.passed && !entry.apart && !isGated(queue, entry) && isFree(queue, entry),
  );
}

/** Lists the tracks that are known to be green and in no run that is meant to land. */
export function survivors(queue: Queue): readonly QueueEntry[] {
  const meant = queue.runs.filter((run) => !isFilter(run) || run.state === "advancing");
  const bound = new Set(meant.flatMap((run) => run.tracks));
  return queue.entries.filter(
    (entry) => entry.passed && !entry.apart && !bound.has(entry.track) && isFree(queue, entry),
  );
}

/** Chooses, in order, tracks that have no path in common and are not known to be red together. */
export function disjoint(queue: Queue, entries: readonly QueueEntry[]): readonly QueueEntry[] {
  const chosen: QueueEntry[] = [];
  for (const entry of entriesInOrder(entries)) {
    if (canJoin(queue, chosen, entry)) chosen.push(entry);
  }
  return chosen;
}

function canJoin({ clashes }: Queue, chosen: readonly QueueEntry[], entry: QueueEntry): boolean {
  const all = new Set([...chosen, entry].map(({ track }) => track));
  return (
    chosen.every((one) => !mayMeet(one.reach, entry.reach)) &&
    !clashes.some((tracks) => tracks.length > 1 && tracks.every((track) => all.has(track)))
  );
}

const mayMeet = (a: Reach, b: Reach): boolean => pairsThatMayMeet([a, b]).length > 0;

/**
 * Chooses the tracks to gate next to see whether they are green: several, as long as many wait and
 * they are likely to be green together.
 */
export function nextGroup(queue: Queue): readonly QueueEntry[] {
  const open = unproven(queue);
  const most = Math.ceil(open.length / freeGates(queue));
  const group: QueueEntry[] = [];
  let chance = 1;
  for (const entry of calmFirst(queue, entriesInOrder(open))) {
    const [first = entry] = group;
    // A track does not wait for a track of lower priority.
    if (group.length === most || entry.priority < first.priority) break;
    if (!canJoin(queue, group, entry)) continue;
    const now = chance * (1 - riskOf(queue, entry));
    if (group.length > 0 && now < worthwhile) break;
    group.push(entry);
    chance = now;
  }
  return group;
}

/**
 * Puts the tracks last that are most likely red and need a gate of their own in any case; before
 * them the tracks about which a running gate may tell something.
 */
function calmFirst(queue: Queue, entries: readonly QueueEntry[]): readonly QueueEntry[] {
  const heard = new Set(
    queue.runs.filter(({ state }) => state === "running").flatMap(({ tracks }) => tracks),
  );
  const waits = (entry: QueueEntry): boolean =>
    queue.clashes.some(
      (tracks) => tracks.includes(entry.track) && tracks.some((one) => heard.has(one)),
    );
  const rankOf = (entry: QueueEntry): number =>
    riskOf(queue, entry) >= suspect ? 2 : waits(entry) ? 1 : 0;
  const ranked = entries.map((entry) => ({ entry, rank: isLate(entry) ? 0 : rankOf(entry) }));
  return ranked.toSorted((a, b) => a.rank - b.rank).map(({ entry }) => entry);
}

/** Returns how likely a run lands, as far as that depends on its own tracks. */
export function chanceOf(queue: Queue, { state, tracks }: GateRun): number {
  if (state !== "running") return 1;
  const members = queue.entries.filter(({ track }) => tracks.includes(track));
  if (members.every(({ passed }) => passed)) return 1 - queue.seen.red / queue.seen.of / 4;
  return members.reduce((all, entry) => all * (1 - (entry.passed ? 0 : riskOf(queue, entry))), 1);
}
