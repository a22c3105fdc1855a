import type { EpochMs } from "../ground/clock.ts";
import { assertNever, ExitCode, PleachError } from "../ground/errors.ts";
import type { AccountId, BranchName, Sha, TaskId, TrackName } from "../ground/ids.ts";
import type { HostWish } from "../hosts/host.ts";

/** A task as it was when its track was cut: the backlog may change behind it. */
export interface TrackTask {
  readonly id: TaskId;
  readonly text: string;
  readonly details: string;
  readonly line: number;
  readonly headings: readonly string[];
  /** Whether the file has an `id:` for the task; else the id is made of its words and its place. */
  readonly explicitId: boolean;
}

/** The reason why a person has to decide; `reason` in every JSON shape. */
export type HumanReason =
  | "tries"
  | "review"
  | "guarded"
  | "no-gate"
  | "not-done"
  | "dirty-target"
  | "target-busy"
  | "signing"
  | "wrong-branch"
  | "worktree-missing"
  | "landing-torn"
  | "refused"
  | "lost"
  /** Stopped by a person. */
  | "stopped"
  /** Paused by a person, who resumes it. */
  | "paused"
  /** The worker said so: `pleach blocked WHY`. */
  | "blocked"
  /** The agent ended with an error, or could not be started. */
  | "agent-failed"
  /** A permission it needed was denied. */
  | "denied"
  /** The worker has used up its budget. */
  | "budget"
  /** The context is full, and a fresh session filled up as well. */
  | "context"
  /** The login was refused. */
  | "auth"
  /** A merge, a rebase or a lock stands in the worktree, and no process is at work on it. */
  | "git-busy"
  /** A process of the last worker cannot be ended, or not be looked at. */
  | "not-ended";

/** The state of a track; a single machine, moved only by `transition`. */
export type TrackState =
  | { readonly state: "planned" }
  | { readonly state: "provisioning" }
  | { readonly state: "growing" }
  | { readonly state: "ready"; readonly tip: Sha }
  | { readonly state: "landing"; readonly tip: Sha }
  | { readonly state: "landed"; readonly commit: Sha }
  | {
      readonly state: "handed-back";
      readonly kind: "conflict" | "red";
      readonly paths: readonly string[];
      /** The first failure, where the gate was red. */
      readonly first?: string;
    }
  /** Waits until it may begin a turn again, and then goes on in the same session. */
  | ({ readonly state: "held" } & TrackHeld)
  | { readonly state: "failed"; readonly reason: string }
  | ({ readonly state: "needs-human" } & TrackDecision)
  | { readonly state: "dropped"; readonly rescue: string | null }
  /** Brought back by a person, who says what comes next: `start`, `land` or `drop`. */
  | { readonly state: "restored" };

/** The decision that a person has to make. */
export interface TrackDecision {
  readonly reason: HumanReason;
  readonly detail: string;
  /** The command to type in this very state; absent where the reason says it all. */
  readonly hint?: string;
}

/**
 * The reason why it may begin no turn: its account is closed, or a track it conflicts with lands
 * first.
 */
export type TrackHeld =
  | { readonly account: AccountId; readonly detail: string }
  | { readonly behind: TrackName; readonly detail: string };

export interface Track {
  readonly name: TrackName;
  readonly branch: BranchName;
  /** The absolute path of the worktree. */
  readonly worktree: string;
  /** The commit it was cut from, recorded: "merged" is decided against it. */
  readonly base: Sha;
  readonly target: BranchName;
  readonly tasks: readonly TrackTask[];
  /** The globs it is expected to touch; the prompt and the plan use them. */
  readonly footprint: readonly string[];
  readonly agent: string;
  readonly mode: "stream" | "terminal";
  /** The host its workers are to run in; the worker tells the host it runs in. */
  readonly host: HostWish;
  readonly permissions: "ask" | "edits" | "bypass";
  /** The body of the prompt for tracks started by hand (`start -p`); else empty. */
  readonly prompt: string;
  /** The number of times a landing has handed it back. */
  readonly tries: number;
  readonly createdAt: EpochMs;
  readonly since: EpochMs;
  readonly at: TrackState;
}

export type TrackSeed = Omit<Track, "at" | "since" | "tries" | "createdAt">;

export type TrackEvent =
  | { readonly type: "track.planned"; readonly seed: TrackSeed }
  | { readonly type: "track.provisioning" }
  | { readonly type: "track.started" }
  | { readonly type: "track.ready"; readonly tip: Sha }
  | { readonly type: "track.landing"; readonly tip: Sha }
  | { readonly type: "track.landed"; readonly commit: Sha }
  /** The branch has more than what landed. */
  | { readonly type: "track.late"; readonly tip: Sha; readonly commits: number }
  | {
      readonly type: "track.handed-back";
      readonly kind: "conflict" | "red";
      readonly paths: readonly string[];
      /** The first failure, where the gate was red. */
      readonly first?: string;
    }
  | ({ readonly type: "track.held" } & TrackHeld)
  | { readonly type: "track.failed"; readonly reason: string }
  | ({ readonly type: "track.blocked" } & TrackDecision)
  | { readonly type: "track.dropped"; readonly rescue: string | null }
  | { readonly type: "track.restored"; readonly worktree: string };

type StateName = TrackState["state"];

/**
 * The states from which each event may come; the single place where the order of a track's life is
 * written.
 */
const allowed: { readonly [Type in TrackEvent["type"]]: readonly StateName[] } = {
  // A name is free again once its former track has landed, failed before growing, or was dropped.
  "track.planned": ["landed", "failed", "dropped"],
  "track.provisioning": ["planned", "failed"],
  // Again from ready: a person sends it back; from needs-human: a person says go on.
  "track.started": [
    "provisioning",
    "growing",
    "handed-back",
    "needs-human",
    "ready",
    "held",
    "failed",
    "restored",
  ],
  "track.ready": ["growing", "held", "needs-human", "handed-back", "ready", "landing", "restored"],
  "track.landing": ["ready", "held", "needs-human", "handed-back", "growing", "restored"],
  "track.landed": ["landing"],
  "track.late": ["landed"],
  "track.handed-back": ["landing"],
  "track.held": ["growing"],
  "track.failed": ["planned", "provisioning", "growing", "handed-back"],
  "track.blocked": ["growing", "held", "ready", "landing", "handed-back", "needs-human", "failed"],
  "track.dropped": [
    "planned",
    "provisioning",
    "growing",
    "ready",
    "landing",
    "landed",
    "handed-back",
    "held",
    "failed",
    "needs-human",
    "restored",
  ],
  "track.restored": ["dropped"],
};

/**
 * Returns the next state of a track. Pure; the same events always give the same track.
 * @throws PleachError `track/transition` when the event cannot follow (exit 1)
 */
export function transition(track: Track | undefined, event: TrackEvent, now: EpochMs): Track {
  if (event.type === "track.planned") {
    if (track !== undefined) requireAllowed(track, event.type);
    return { ...event.seed, at: { state: "planned" }, tries: 0, createdAt: now, since: now };
  }
  if (track === undefined) throw new Error(`${event.type} for a track that does not exist`);
  requireAllowed(track, event.type);
  const at = stateAfter(event);
  const next: Track = { ...track, at, since: now };
  if (event.type === "track.handed-back") return { ...next, tries: track.tries + 1 };
  if (event.type === "track.restored") return { ...next, worktree: event.worktree };
  return next;
}

function stateAfter(event: Exclude<TrackEvent, { type: "track.planned" }>): TrackState {
  switch (event.type) {
    case "track.provisioning":
      return { state: "provisioning" };
    case "track.started":
      return { state: "growing" };
    case "track.ready":
    case "track.late":
      return { state: "ready", tip: event.tip };
    case "track.landing":
      return { state: "landing", tip: event.tip };
    case "track.landed":
      return { state: "landed", commit: event.commit };
    case "track.handed-back":
      return {
        ...{ state: "handed-back", kind: event.kind, paths: event.paths },
        ...(event.first === undefined ? {} : { first: event.first }),
      };
    case "track.held": {
      const { type: _, ...held } = event;
      return { state: "held", ...held };
    }
    case "track.failed":
      return { state: "failed", reason: event.reason };
    case "track.blocked": {
      const { type: _, ...decision } = event;
      return { state: "needs-human", ...decision };
    }
    case "track.dropped":
      return { state: "dropped", rescue: event.rescue };
    case "track.restored":
      return { state: "restored" };
    default:
      return assertNever(event);
  }
}

function requireAllowed(track: Track, type: TrackEvent["type"]): void {
  if (allowed[type].includes(track.at.state)) return;
  throw new PleachError({
    code: "track/transition",
    message: `track ${track.name} is ${track.at.state}: ${type} cannot follow`,
    hint: `pleach status ${track.name} shows where it stands`,
    exitCode: ExitCode.failed,
  });
}

/** Whether a track holds its paths and its name: it is not over. */
export function isLive(track: Track): boolean {
  const { state } = track.at;
  return state !== "landed" && state !== "dropped" && state !== "failed";
}

/** Whether a person ended its worker: it goes on when they say so, and not before. */
export function isPaused({ at }: Track): boolean {
  return at.state === "needs-human" && (at.reason === "paused" || at.reason === "stopped");
}

/**
 * Whether two tracks are rivals: the same work from the same commit, of which only one is to land.
 */
export function areRivals(a: Track, b: Track): boolean {
  const idsOf = ({ tasks }: Track): string => tasks.map(({ id }) => id).join("\0");
  const isSame = a.base === b.base && a.prompt === b.prompt && idsOf(a) === idsOf(b);
  return isSame && (a.prompt !== "" || a.tasks.length > 0);
}
