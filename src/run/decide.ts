import type { AccountId, TrackName } from "../ground/ids.ts";
import type { Admission } from "../grow/limits/hold.ts";
import type { HumanReason, TrackState } from "../track/track.ts";

/** A track as the orchestrator sees it now. */
export interface TrackFacts {
  readonly name: TrackName;
  readonly at: TrackState;
  /** The account whose allowance its next worker would use up. */
  readonly account: AccountId;
  /** When the track came into this state, in epoch milliseconds; the older lands first. */
  readonly since: number;
  /** Whether its last worker still runs, has ended for certain, or cannot be looked at. */
  readonly worker: "none" | "running" | "over" | "unknown";
  /** Whether its worker asks a person, and no person is there to answer. */
  readonly isUnanswered?: boolean;
  /** Number of new starts in this run after its worker was lost. */
  readonly revivals: number;
  /** Whether its worktree still stands where it was made. */
  readonly standing: boolean;
  /** Whether it goes through a forge, or is in a race: only `land --pr` or `pick` lands it then. */
  readonly reserved: boolean;
  /** The earlier track that it conflicts with, and that has to land first. */
  readonly behind: TrackName | undefined;
  /** Whether its need to wait is still unknown: the radar is about to look at it. */
  readonly unseen: boolean;
}

/** Everything a decision needs; gathered anew each time something changes. */
export interface RunFacts {
  readonly tracks: readonly TrackFacts[];
  /** The planned tracks that may start now, best first. */
  readonly startable: readonly Startable[];
  /** The number of tracks each held account lets in now; any other account lets in all. */
  readonly holds: ReadonlyMap<AccountId, Admission>;
  /** Work of this process that has not come back yet, by track. */
  readonly underway: ReadonlyMap<TrackName, Underway>;
  readonly workers: number;
  /** False with `--no-land` or `review = "human"`. */
  readonly lands: boolean;
  /** Whether the run has used up its budget: nothing more grows; running work may end, and land. */
  readonly spent: boolean;
  /** Whether the user asked to stop: start nothing more. */
  readonly stopping: boolean;
}

export interface Startable {
  readonly name: TrackName;
  readonly account: AccountId;
}

export type Underway = "start" | "land" | "retire";

export type Action =
  | { readonly kind: "start"; readonly track: TrackName }
  /** A fresh worker on the same worktree: after a hand-back or a loss, or when a hold is over. */
  | { readonly kind: "restart"; readonly track: TrackName; readonly why: RestartReason }
  | { readonly kind: "land"; readonly track: TrackName }
  | { readonly kind: "retire"; readonly track: TrackName }
  | { readonly kind: "give-up"; readonly track: TrackName; readonly reason: HumanReason };

type RestartReason = "handed-back" | "lost" | "reopened";

export type Decision =
  | { readonly kind: "act"; readonly actions: readonly Action[] }
  | { readonly kind: "wait" }
  | { readonly kind: "finished" };

/** Most restarts after a lost worker, 2: a worker lost again and again is not bad luck. */
const maxRevivals = 2;

/** Decides on the next step. Pure: the same facts always give the same decision. */
export function decide(facts: RunFacts): Decision {
  if (facts.stopping) return facts.underway.size > 0 ? { kind: "wait" } : { kind: "finished" };
  const idle = facts.tracks.filter((track) => !facts.underway.has(track.name));
  const growing = growthActions(facts, idle);
  const actions: readonly Action[] = [
    ...landActions(facts, idle),
    ...idle.filter(isRetirable).map(({ name }) => ({ kind: "retire", track: name }) as const),
    ...growing,
  ];
  if (actions.length > 0) return { kind: "act", actions };
  const busy =
    facts.underway.size > 0 ||
    facts.tracks.some((track) => isInMotion(track, facts)) ||
    waitsForAccount(facts);
  return busy ? { kind: "wait" } : { kind: "finished" };
}

/**
 * Lands every ready track: it joins the merge queue, which knows how many land at once and in which
 * order.
 */
function landActions(facts: RunFacts, idle: readonly TrackFacts[]): readonly Action[] {
  if (!facts.lands) return [];
  return idle
    .filter(({ at, reserved }) => at.state === "ready" && !reserved)
    .filter(({ behind, unseen }) => behind === undefined && !unseen)
    .toSorted((a, b) => a.since - b.since || (a.name < b.name ? -1 : 1))
    .map(({ name }) => ({ kind: "land", track: name }));
}

/** Whether a track may be retired: the retirement itself ends a worker that still runs there. */
function isRetirable(track: TrackFacts): boolean {
  return track.at.state === "landed" && track.standing && track.worker !== "unknown";
}

/**
 * Decides which tracks start now. None on an account that is held; one alone on an account that is
 * tried or opening, held tracks before those that never started.
 */
function growthActions(facts: RunFacts, idle: readonly TrackFacts[]): readonly Action[] {
  if (facts.spent) return [];
  const actions: Action[] = [];
  const admits = admissionOf(facts);
  let slots = freeWorkers(facts);
  for (const track of idle.toSorted(heldFirst)) {
    const revival = reviveAction(track);
    if (revival === undefined) continue;
    // A track that already occupies a slot (a lost worker) does not need a second one.
    const needsSlot = revival.kind === "restart" && revival.why !== "lost";
    if (needsSlot && slots <= 0) continue;
    if (revival.kind === "restart" && !admits(track.account)) continue;
    if (needsSlot) slots -= 1;
    actions.push(revival);
  }
  for (const { name, account } of facts.startable) {
    if (slots <= 0) break;
    if (facts.underway.has(name) || !admits(account)) continue;
    actions.push({ kind: "start", track: name });
    slots -= 1;
  }
  return actions;
}

/** Admits as many tracks as each account allows; called once for each track that would start. */
function admissionOf({ holds, tracks, underway }: RunFacts): (account: AccountId) => boolean {
  const taken = new Set<AccountId>();
  // A track being started has been let in, and is not recorded everywhere yet.
  for (const { name, account } of tracks) if (underway.get(name) === "start") taken.add(account);
  return (account) => {
    const entry = holds.get(account);
    if (entry === undefined) return true;
    if (entry === "none" || taken.has(account)) return false;
    taken.add(account);
    return true;
  };
}

/** Compares tracks: held ones come first, the longest held before the others. */
function heldFirst(a: TrackFacts, b: TrackFacts): number {
  const isHeld = ({ at }: TrackFacts): boolean => at.state === "held";
  if (isHeld(a) && isHeld(b)) return a.since - b.since;
  return Number(isHeld(b)) - Number(isHeld(a));
}

function reviveAction(track: TrackFacts): Action | undefined {
  const { name, at, worker } = track;
  if (worker === "running" || worker === "unknown") return undefined;
  switch (at.state) {
    case "handed-back":
      if (track.behind !== undefined) return undefined;
      return { kind: "restart", track: name, why: "handed-back" };
    case "held":
      if ("behind" in at && track.behind !== undefined) return undefined;
      return { kind: "restart", track: name, why: "reopened" };
    case "growing":
      return track.revivals < maxRevivals
        ? { kind: "restart", track: name, why: "lost" }
        : { kind: "give-up", track: name, reason: "lost" };
    default:
      return undefined;
  }
}

/** Counts how many more workers may grow now. */
export function freeWorkers(facts: Pick<RunFacts, "tracks" | "underway" | "workers">): number {
  const names = new Set<TrackName>();
  for (const [name, what] of facts.underway) if (what === "start") names.add(name);
  for (const { name, at } of facts.tracks) {
    if (at.state === "provisioning" || at.state === "growing") names.add(name);
    // A person who pauses everything does not want other tracks to start in the paused ones' place.
    if (at.state === "needs-human" && at.reason === "paused") names.add(name);
  }
  return facts.workers - names.size;
}

/** Whether a track would start, were its account not held. */
function waitsForAccount(facts: RunFacts): boolean {
  const open = { ...facts, holds: new Map<AccountId, Admission>() };
  const idle = facts.tracks.filter((track) => !facts.underway.has(track.name));
  return growthActions(open, idle).length > 0;
}

/** Whether a track moves on without this orchestrator. */
function isInMotion(
  track: TrackFacts,
  { spent, lands }: Pick<RunFacts, "spent" | "lands">,
): boolean {
  const { state } = track.at;
  if (state === "ready") return lands && track.unseen && !track.reserved;
  // Also while the supervisor that has just recorded the hold is about to end.
  if (state === "held") return !spent && track.worker !== "unknown";
  // A lost worker is not started again when there is nothing left to spend.
  if (spent && state === "growing" && track.worker !== "running") return false;
  const moves = state === "growing" || state === "provisioning";
  return moves && track.worker !== "unknown" && track.isUnanswered !== true;
}
