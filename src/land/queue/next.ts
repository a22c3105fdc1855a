import type { TrackName } from "../../ground/ids.ts";
import type { GateKind } from "../landing/gate-kind.ts";
import {
  chanceOf,
  comesAfterTracks,
  disjoint,
  entriesInOrder,
  freeGates,
  isFilter,
  isFree,
  isGated,
  isLate,
  nextGroup,
  survivors,
  unproven,
  worthwhile,
} from "./choice.ts";
import { findRun, type GateRun, type Queue } from "./queue.ts";
import { after } from "./queue-after.ts";

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
/**
 * The one thing to do next; undefined when there is nothing but to wait. Pure: to be asked again
 * after each event that the doing of it makes.
 * @param isHeld no gate is begun now: one that runs tells more in a moment
 */
export function next(queue: Queue, isHeld = false): QueueAction | undefined {
  const spent = queue.runs.find((run) => isSpent(queue, run));
  if (spent !== undefined) return { kind: "drop", id: spent.id };
  const red = queue.runs.find((run) => isGuilty(queue, run));
  if (red !== undefined) return { kind: "hand-back", id: red.id };
  const hopeless = queue.entries.find(({ moves }) => moves >= maxMoves);
  if (hopeless !== undefined) return { kind: "give-up", track: hopeless.track };
  const ready = findLanding(queue, isHeld);
  if (ready !== undefined) return { kind: "advance", id: ready.id };
  if (isHeld || freeGates(queue) <= 0) return undefined;
  const advancing = queue.runs.find(({ state }) => state === "advancing");
  return advancing === undefined ? nextGate(queue) : nextOver(queue, advancing);
}

/** In a moment the target is another one: what is begun now is meant for that, and put on top of it. */
function nextOver(queue: Queue, advancing: GateRun): GateAction | undefined {
  let top = advancing;
  let then = after(queue, { type: "landed", id: top.id });
  for (;;) {
    const spent = then.runs.find((run) => isSpent(then, run));
    const [guilty] = then.runs.find((run) => isGuilty(then, run))?.tracks ?? [];
    const ready = findLanding(then, false);
    if (spent !== undefined) then = after(then, { type: "dropped", id: spent.id });
    else if (guilty !== undefined) then = after(then, { type: "left", track: guilty });
    else if (ready !== undefined) {
      top = ready;
      then = after(then, { type: "landed", id: top.id });
    } else break;
  }
  const gate = nextGate(then);
  return gate?.over === undefined && gate !== undefined ? { ...gate, over: top.id } : gate;
}

type GateAction = Extract<QueueAction, { kind: "gate" }>;

const nextGate = (queue: Queue): GateAction | undefined =>
  nextPart(queue) ?? nextUnion(queue) ?? nextAhead(queue) ?? nextProof(queue);

const isAlone = ({ tracks }: GateRun): boolean => tracks.length === 1;
/** Red by itself on a tip of the target. In a union that is taken apart, the whole is heard first. */
const isGuilty = ({ split }: Queue, run: GateRun): boolean =>
  run.state === "red" &&
  isAlone(run) &&
  isReal(run) &&
  (run.kind !== "part" || split === undefined);

/** On a tip the target had, not on one it only may have. */
const isReal = ({ over }: GateRun): boolean => over === undefined;

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
  if (isFilter(run) && run.state === "running") return false;
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
  return able.find((run) => !isFilter(run) || isBelow(run));
}

function findLanding(queue: Queue, isHeld: boolean): GateRun | undefined {
  const { runs, split, target } = queue;
  if (runs.some(({ state }) => state === "advancing")) return undefined;
  const green = runs.filter(
    (run) => run.state === "green" && isReal(run) && run.onto === target && run.kind !== "part",
  );
  if (split !== undefined) {
    const { low, high } = split;
    const isOpen = runs.some(
      ({ kind, state, tracks }) =>
        kind === "part" && state === "running" && tracks.length > low && tracks.length < high,
    );
    // Once there is a slot for each that may have turned it red, they are heard side by side.
    if (split.again !== "red" || isOpen || high - low > queue.parallel) return undefined;
    return runs.find(
      ({ kind, state, tracks }) => kind === "part" && state === "green" && tracks.length === low,
    );
  }
  const lead = findLead(queue);
  if (lead !== undefined) return lead.state === "green" ? lead : undefined;
  // Of those that end together the largest lands.
  return isHeld ? undefined : largest(green.filter(isFilter));
}

/** A red union: once more the whole, and meanwhile the middle of the widest gap between what is known. */
function nextPart({ split, runs, target }: Queue): GateAction | undefined {
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

/** The next to land, when nothing is on its way: survivors together, or one that goes alone. */
function nextUnion(queue: Queue): GateAction | undefined {
  const { split, target, parallel } = queue;
  if (split !== undefined || findLead(queue) !== undefined) return undefined;
  const gate = { kind: "gate", as: "union", onto: target, over: undefined } as const;
  const apart = entriesInOrder(
    queue.entries.filter((entry) => entry.apart && !isGated(queue, entry) && isFree(queue, entry)),
  );
  const able = survivors(queue);
  const [turn] = apart;
  if (turn !== undefined && (isLate(turn) || able.length === 0)) {
    return { ...gate, tracks: [turn.track] };
  }
  const enough =
    able.some(isLate) || able.length >= parallel || unproven(queue).length < freeGates(queue);
  if (able.length === 0 || !enough) return undefined;
  return { ...gate, tracks: disjoint(queue, able).map(({ track }) => track) };
}

/** The top of the chain of what lands one after the other, as far as all of it does more often than not. */
function tail(queue: Queue): GateRun | undefined {
  const { runs, target, split } = queue;
  if (split !== undefined) return undefined;
  let run =
    findLead(queue) ??
    runs.find((run) => isFilter(run) && run.state !== "red" && run.onto === target);
  let top: GateRun | undefined;
  let chance = 1;
  while (run !== undefined) {
    chance *= chanceOf(queue, run);
    if (chance < worthwhile) return top;
    top = run;
    const id: number = run.id;
    // What only shows who is green is nothing to build on, as long as there is something else.
    run = runs.find((one) => one.over === id && one.state !== "red" && !isFilter(one));
  }
  return top;
}

/** On top of what still runs, when a gate would have nothing else to do. */
function nextAhead(queue: Queue): GateAction | undefined {
  const top = tail(queue);
  if (top === undefined) return undefined;
  const fresh = queue.entries.filter(
    (entry) => !entry.passed && !entry.apart && !isGated(queue, entry),
  );
  const above = chainBelow(queue, top);
  const possible = fresh.filter((entry) =>
    comesAfterTracks(queue, entry).every((name) => above.has(name)),
  );
  const gate = { kind: "gate", as: "ahead", onto: top.commit, over: top.id } as const;
  const able = disjoint(
    queue,
    survivors(queue).filter(({ track }) => !above.has(track)),
  );
  if (able.length > 0 && possible.length === 0) {
    return { ...gate, tracks: able.map(({ track }) => track) };
  }
  if (possible.length > freeGates(queue) || able.length > 0) return undefined;
  const [first] = entriesInOrder(possible);
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

/** What is green at all: on the target, or on what is as good as landed. */
function nextProof(queue: Queue): GateAction | undefined {
  const tracks = nextGroup(queue).map(({ track }) => track);
  if (tracks.length === 0) return undefined;
  const as = tracks.length === 1 ? "alone" : "group";
  const top = findLead(queue) === undefined ? undefined : tail(queue);
  const on =
    top === undefined
      ? { onto: queue.target, over: undefined }
      : { onto: top.commit, over: top.id };
  return { kind: "gate", as, tracks, ...on };
}

/** The one that brings the most. */
const largest = (runs: readonly GateRun[]): GateRun | undefined =>
  runs.toSorted((a, b) => b.tracks.length - a.tracks.length)[0];
