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
  /** The run is green on the target's tip: bring the target forward. */
  | { readonly kind: "advance"; readonly id: number }
  /** The run's only track is red by itself on a tip of the target. */
  | { readonly kind: "hand-back"; readonly id: number }
  /** The run is no longer needed; its processes are ended. */
  | { readonly kind: "drop"; readonly id: number }
  /** The target was moved under the track again and again. */
  | { readonly kind: "give-up"; readonly track: TrackName };

/** How often a track follows a target that others move. */
const maxMoves = 3;
/**
 * Finds the one thing to do next; undefined when the queue can only wait. Pure: ask again after
 * each event that comes of doing it.
 * @param isHeld whether to begin no gate now, because a running gate tells more in a moment
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

/**
 * Finds the next gate while a run is brought in: the target is about to change, so the gate is put
 * on top of that run.
 */
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
/**
 * Whether a run shows its track red by itself on a tip of the target. While a union is taken apart,
 * the run of the whole union is heard first.
 */
const isGuilty = ({ split }: Queue, run: GateRun): boolean =>
  run.state === "red" &&
  isAlone(run) &&
  isReal(run) &&
  (run.kind !== "part" || split === undefined);

/** Whether the run stands on a tip that the target had, not on one that it only may get. */
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
  // A running filter is useful on whatever tip it stands.
  if (isFilter(run) && run.state === "running") return false;
  if (run.onto !== target) return true;
  if (run.kind !== "part") return false;
  if (split === undefined) return true;
  const size = run.tracks.length;
  return run.state === "green" ? size < split.low : size <= split.low || size >= split.high;
}

/**
 * Finds the run on the target's tip that is meant to land: nothing else lands before it has ended.
 */
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
    // Once the suspects are few enough for a slot each, they are gated side by side.
    if (split.again !== "red" || isOpen || high - low > queue.parallel) return undefined;
    return runs.find(
      ({ kind, state, tracks }) => kind === "part" && state === "green" && tracks.length === low,
    );
  }
  const lead = findLead(queue);
  if (lead !== undefined) return lead.state === "green" ? lead : undefined;
  // Of filters that end together the largest lands.
  return isHeld ? undefined : largest(green.filter(isFilter));
}

/**
 * Finds the next gate for a red union: the whole once more, and meanwhile the middle of the widest
 * gap between the sizes that are known or running.
 */
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

/**
 * Finds the next gate to land when none is on its way: survivors together, or one track that lands
 * apart.
 */
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

/**
 * Finds the top of the chain of runs that land one after the other, as far as the whole chain is
 * more likely to land than not.
 */
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
    // A filter is no ground to build on, unless it is the first of the chain.
    run = runs.find((one) => one.over === id && one.state !== "red" && !isFilter(one));
  }
  return top;
}

/**
 * Finds a gate on top of a run that has not landed yet, when there is no better use for the slot.
 */
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

/** Lists every track that will have landed once this run has. */
function chainBelow(queue: Queue, top: GateRun): ReadonlySet<TrackName> {
  const tracks = new Set<TrackName>();
  for (let run: GateRun | undefined = top; run !== undefined; run = findRun(queue, run.over)) {
    for (const track of run.tracks) tracks.add(track);
  }
  return tracks;
}

/**
 * Finds the next gate that shows whether tracks are green at all: on the target, or on top of the
 * runs that are likely to land.
 */
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

/** Returns the run with the most tracks. */
const largest = (runs: readonly GateRun[]): GateRun | undefined =>
  runs.toSorted((a, b) => b.tracks.length - a.tracks.length)[0];
