import type { TrackName } from "../ground/ids.ts";
import { pairsThatMayMeet, type Reach } from "../radar/reach.ts";
import { type Entry, findRun, type GateKind, type GateRun, type Queue } from "./queue.ts";

export type QueueAction =
  | {
      readonly kind: "gate";
      readonly as: GateKind;
      readonly tracks: readonly TrackName[];
      readonly onto: string | undefined;
      readonly over: number | undefined;
    }
  /** It is green on the target's tip: bring the target forward. */
  | { readonly kind: "advance"; readonly id: number }
  /** One track, red by itself on a tip of the target. */
  | { readonly kind: "hand-back"; readonly id: number }
  /** Nobody needs it any more; it ends where it runs. */
  | { readonly kind: "drop"; readonly id: number }
  /** The target was moved under it again and again. */
  | { readonly kind: "give-up"; readonly track: TrackName };

/** How often a target that others move is followed. */
const maxMoves = 3;
/** After so many landings that went without it, a track comes first, whatever its priority. */
const patience = 10;
/** A gate on top of others is worth it while all of them land more often than not. */
const worthwhile = 0.5;

/**
 * The one thing to do next; undefined when there is nothing but to wait. Pure: to be asked again
 * after each event that the doing of it makes.
 */
export function next(queue: Queue): QueueAction | undefined {
  const spent = queue.runs.find((run) => isSpent(queue, run));
  if (spent !== undefined) return { kind: "drop", id: spent.id };
  const red = queue.runs.find((run) => isGuilty(queue, run));
  if (red !== undefined) return { kind: "hand-back", id: red.id };
  const hopeless = queue.entries.find(({ moves }) => moves >= maxMoves);
  if (hopeless !== undefined) return { kind: "give-up", track: hopeless.track };
  const ready = findLanding(queue);
  if (ready !== undefined) return { kind: "advance", id: ready.id };
  if (freeSlots(queue) <= 0) return undefined;
  // In a moment the target is another one.
  if (queue.runs.some(({ state }) => state === "advancing")) return nextAhead(queue);
  return nextPart(queue) ?? nextUnion(queue) ?? nextAhead(queue) ?? nextAlone(queue);
}

const isAlone = ({ tracks }: GateRun): boolean => tracks.length === 1;
/** Red by itself on a tip of the target. In a union that is taken apart, the whole is heard first. */
const isGuilty = ({ split }: Queue, run: GateRun): boolean =>
  run.state === "red" &&
  isAlone(run) &&
  isReal(run) &&
  (run.kind !== "part" || split === undefined);

/** On a tip the target had, not on one it only may have. */
const isReal = ({ over }: GateRun): boolean => over === undefined;

const freeSlots = ({ parallel, runs }: Queue): number =>
  parallel - runs.filter(({ state }) => state === "running").length;

/** Whether a run can be of no use any more. */
function isSpent(queue: Queue, run: GateRun): boolean {
  const { entries, split, target } = queue;
  if (run.state === "advancing") return false;
  const here = new Set(entries.map(({ track }) => track));
  if (run.tracks.some((track) => !here.has(track))) return true;
  if (run.over !== undefined) {
    const below = findRun(queue, run.over);
    if (below === undefined || below.state === "red") return true;
    return isReal(below) && below.onto !== target && below.state !== "advancing";
  }
  if (run.state === "red") return !isAlone(run);
  // By itself it is a filter on whatever tip, for as long as it runs.
  if (run.kind === "alone" && run.state === "running") return false;
  if (run.onto !== target) return true;
  if (run.kind !== "part") return false;
  if (split === undefined) return true;
  const size = run.tracks.length;
  return run.state === "green" ? size < split.low : size <= split.low || size >= split.high;
}

/** What is on the target's tip and meant to land: nothing else lands before it is clear whether it does. */
function findLead({ runs }: Queue): GateRun | undefined {
  const able = runs.filter(
    (run) => isReal(run) && run.state !== "red" && run.state !== "advancing" && run.kind !== "part",
  );
  const isBelow = ({ id }: GateRun): boolean => runs.some(({ over }) => over === id);
  return able.find((run) => run.kind !== "alone" || isBelow(run));
}

function findLanding(queue: Queue): GateRun | undefined {
  const { runs, split, target } = queue;
  if (runs.some(({ state }) => state === "advancing")) return undefined;
  const green = runs.filter(
    (run) => run.state === "green" && isReal(run) && run.onto === target && run.kind !== "part",
  );
  if (split !== undefined) {
    if (split.again !== "red" || split.high > split.low + 1) return undefined;
    const { low } = split;
    return runs.find(
      ({ kind, state, tracks }) => kind === "part" && state === "green" && tracks.length === low,
    );
  }
  const lead = findLead(queue);
  if (lead !== undefined) return lead.state === "green" ? lead : undefined;
  return green.find(({ kind }) => kind === "alone");
}

/** A red union: once more the whole, and meanwhile the middle of the widest gap between what is known. */
function nextPart({ split, runs, target }: Queue): QueueAction | undefined {
  if (split === undefined) return undefined;
  const { tracks, again, low, high } = split;
  const gate = { kind: "gate", onto: target, over: undefined } as const;
  if (again === "owed") return { ...gate, as: "again", tracks };
  const sizes = runs.filter(({ kind }) => kind === "part").map((run) => run.tracks.length);
  const marks = [low, ...sizes.filter((size) => size > low && size < high), high];
  const gaps = marks
    .toSorted((a, b) => a - b)
    .map((mark, at, all) => ({ from: mark, width: (all[at + 1] ?? mark) - mark }))
    .toSorted((a, b) => b.width - a.width);
  const [widest] = gaps;
  if (widest === undefined || widest.width < 2) return undefined;
  const size = widest.from + Math.floor(widest.width / 2);
  return { ...gate, as: "part", tracks: tracks.slice(0, size) };
}

/** Who goes first: who has waited long, then what is wanted, then what is small, then who came first. */
export function inOrder(entries: readonly Entry[]): readonly Entry[] {
  const late = ({ waited }: Entry): number => (waited >= patience ? waited : 0);
  return entries.toSorted(
    (a, b) =>
      late(b) - late(a) ||
      b.priority - a.priority ||
      a.size - b.size ||
      a.since - b.since ||
      (a.track < b.track ? -1 : 1),
  );
}

/** Those of the queue a track has to come after. */
function waitsFor({ entries }: Queue, entry: Entry): readonly TrackName[] {
  return entry.after.filter((name) => entries.some(({ track }) => track === name));
}

const isFree = (queue: Queue, entry: Entry): boolean => waitsFor(queue, entry).length === 0;

const isGated = ({ runs }: Queue, { track }: Entry): boolean =>
  runs.some((run) => run.tracks.includes(track));

/** Not yet gated by themselves, and nothing in their way. */
function unproven(queue: Queue): readonly Entry[] {
  return queue.entries.filter(
    (entry) => !entry.passed && !entry.apart && !isGated(queue, entry) && isFree(queue, entry),
  );
}

/** Green by themselves and in no run that is meant to land. */
function survivors(queue: Queue): readonly Entry[] {
  const meant = queue.runs.filter(({ kind, state }) => kind !== "alone" || state === "advancing");
  const bound = new Set(meant.flatMap((run) => run.tracks));
  return queue.entries.filter(
    (entry) => entry.passed && !entry.apart && !bound.has(entry.track) && isFree(queue, entry),
  );
}

/** As many as have no path in common, in order. */
function disjoint(entries: readonly Entry[]): readonly Entry[] {
  const chosen: Entry[] = [];
  for (const entry of inOrder(entries)) {
    if (chosen.every((one) => !mayMeet(one.reach, entry.reach))) chosen.push(entry);
  }
  return chosen;
}

const mayMeet = (a: Reach, b: Reach): boolean => pairsThatMayMeet([a, b]).length > 0;

/** The next to land, when nothing is on its way: survivors together, or one that goes alone. */
function nextUnion(queue: Queue): QueueAction | undefined {
  const { split, target, parallel } = queue;
  if (split !== undefined || findLead(queue) !== undefined) return undefined;
  const gate = { kind: "gate", as: "union", onto: target, over: undefined } as const;
  const apart = inOrder(
    queue.entries.filter((entry) => entry.apart && !isGated(queue, entry) && isFree(queue, entry)),
  );
  const able = survivors(queue);
  const [turn] = apart;
  if (turn !== undefined && (turn.waited >= patience || able.length === 0)) {
    return { ...gate, tracks: [turn.track] };
  }
  const late = able.some(({ waited }) => waited >= patience);
  const enough = late || able.length >= 2 * parallel || unproven(queue).length === 0;
  if (able.length === 0 || !enough) return undefined;
  return { ...gate, tracks: disjoint(able).map(({ track }) => track) };
}

/** The end of the chain of what may land one after the other, and how likely all of it does. */
function tail(queue: Queue): { readonly run: GateRun; readonly chance: number } | undefined {
  const { runs, target, redRate, split } = queue;
  if (split !== undefined) return undefined;
  let run =
    runs.find(({ state }) => state === "advancing") ??
    findLead(queue) ??
    runs.find(({ kind, state, onto }) => kind === "alone" && state !== "red" && onto === target);
  if (run === undefined) return undefined;
  let chance = chanceOf(queue, run, redRate);
  for (;;) {
    const id: number = run.id;
    const above: GateRun | undefined = runs.find((one) => one.over === id && one.state !== "red");
    if (above === undefined) return { run, chance };
    run = above;
    chance *= chanceOf(queue, run, redRate);
  }
}

function chanceOf({ entries }: Queue, { state, tracks }: GateRun, redRate: number): number {
  if (state !== "running") return 1;
  const proven = entries.filter((entry) => tracks.includes(entry.track)).every((one) => one.passed);
  return 1 - (proven ? redRate / 4 : redRate);
}

/** On top of what still runs, when a gate would have nothing else to do. */
function nextAhead(queue: Queue): QueueAction | undefined {
  const end = tail(queue);
  if (end === undefined || end.chance < worthwhile) return undefined;
  const fresh = queue.entries.filter(
    (entry) => !entry.passed && !entry.apart && !isGated(queue, entry),
  );
  const above = chainBelow(queue, end.run);
  const possible = fresh.filter((entry) => waitsFor(queue, entry).every((name) => above.has(name)));
  const gate = { kind: "gate", as: "ahead", onto: end.run.commit, over: end.run.id } as const;
  const able = disjoint(survivors(queue).filter(({ track }) => !above.has(track)));
  if (able.length > 0 && possible.length === 0) {
    return { ...gate, tracks: able.map(({ track }) => track) };
  }
  if (possible.length > freeSlots(queue) || able.length > 0) return undefined;
  const [first] = inOrder(possible);
  return first === undefined ? undefined : { ...gate, tracks: [first.track] };
}

/** Every track that has landed when this run has. */
function chainBelow(queue: Queue, top: GateRun): ReadonlySet<TrackName> {
  const tracks = new Set<TrackName>();
  for (let run: GateRun | undefined = top; run !== undefined; run = findRun(queue, run.over)) {
    for (const track of run.tracks) tracks.add(track);
  }
  return tracks;
}

function nextAlone(queue: Queue): QueueAction | undefined {
  const [first] = inOrder(unproven(queue));
  if (first === undefined) return undefined;
  const { target } = queue;
  return { kind: "gate", as: "alone", tracks: [first.track], onto: target, over: undefined };
}
