import type { Usage } from "../agents/event.ts";
import type { EpochMs } from "../ground/clock.ts";
import type { Sha, TrackName, WorkerId } from "../ground/ids.ts";
import type { ProcessIdentity } from "../ground/proc/identity.ts";
import type { Mode } from "../hosts/choice.ts";
import type { HostName } from "../hosts/host.ts";
import type { Signal, Source } from "./signal.ts";
import type { WorkerState } from "./state.ts";

/** The resources used. A cost that no program told counts as nothing, because it is unknown. */
export interface Spending {
  /** The tokens in and out, those read from a cache included. */
  readonly tokens: number;
  readonly costUsd: number;
  /**
   * The time of workers, from their start to their end, in milliseconds: the time of a hold does
   * not count.
   */
  readonly ms: number;
  /** The turns that Pleach began: prompts, reminders, fresh sessions. */
  readonly turns: number;
}

/** A problem that a worker's signals do not tell, and a person should look at. */
export interface Suspicion {
  readonly kind: "no-progress" | "repeating" | "unanswered" | "silent";
  readonly why: string;
}

/** A worker's report about itself; a claim to be checked. */
export interface Report {
  readonly kind: "done" | "blocked";
  readonly text: string;
}

/** An agent's session that another start continues, and its use until then. */
export interface Session {
  readonly id: string;
  readonly usage: Usage | null;
}

/**
 * The number of fresh sessions that followed a full session, and the state of the work at the last.
 */
export interface Renewals {
  readonly count: number;
  readonly mark: string | null;
}

/**
 * The part of a worker that it takes over from the worker before it; new when a person said go on.
 */
export type Carried = Pick<Worker, "before" | "warned" | "renewals">;

export interface Worker {
  readonly id: WorkerId;
  readonly track: TrackName;
  readonly agent: string;
  /**
   * The process that made it and asks the host to start it; while this process lives, a start may
   * still come.
   */
  readonly starter: ProcessIdentity;
  /** The host it runs in; absent until that is known. */
  readonly host?: HostName;
  /** The mode it runs in, which may be less than its track asks for; absent until that is known. */
  readonly mode?: Mode;
  /** The number of times its agent was ended by a signal in the middle of its work. */
  readonly crashes?: number;
  /** The socket by which a person can attach to its terminal; absent: there is none. */
  readonly socket?: string;
  /** The reason why nobody can attach to its terminal, where no folder for sockets was of use. */
  readonly noWayIn?: string;
  /** The supervisor; null until it has identified itself. */
  readonly supervisor: ProcessIdentity | null;
  readonly agentProcess: ProcessIdentity | null;
  /** The agent's own session, which its next start continues. */
  readonly sessionId: string | null;
  /** Whether the session goes no further, or is gone: the next start begins a fresh session. */
  readonly sessionSpent: boolean;
  /** The session's total use at its last report, other workers' part included. */
  readonly sessionUsage: Usage | null;
  /** The use of this worker; null while nothing told. */
  readonly usage: Usage | null;
  /**
   * The cost of this worker, as far as its sessions have told: some tell the cost later than the
   * tokens. Null: one of them never will. Absent: nothing was told.
   */
  readonly paidUsd?: number | null;
  /** The number of this start on this track, from 1. */
  readonly attempt: number;
  /** The number of turns that its supervisor began. */
  readonly turns: number;
  /** The use of the workers before it, since a person last said go on. */
  readonly before: Spending;
  /** Whether a person was told that its budget is nearly used up. */
  readonly warned: boolean;
  /** The fresh sessions that followed a full session, those of the workers before it among them. */
  readonly renewals: Renewals;
  /** The tip a landing refused, for a start after a hand-back: the work is done at another tip. */
  readonly refusedTip: Sha | null;
  /** The problem a person should look at, while it lasts. */
  readonly suspicion?: (Suspicion & { readonly since: EpochMs }) | null;
  /** The number of lines that were not understood, and the last of them. */
  readonly misheard?: { readonly count: number; readonly sample: string };
  /** The worker's report (`pleach done`), waiting to be checked. */
  readonly report: Report | null;
  readonly startedAt: EpochMs;
  /** The latest signal of each source. `at`, `source` and `since` are the conclusion from them. */
  readonly signals: readonly Signal[];
  readonly since: EpochMs;
  readonly source: Source;
  readonly at: WorkerState;
}

/** Returns the session that the next start on its track continues. */
export function sessionOf(worker: Worker | undefined): Session | null {
  if (worker === undefined || worker.sessionId === null || worker.sessionSpent) return null;
  return { id: worker.sessionId, usage: worker.sessionUsage };
}

/**
 * Returns the problem a person should look at; none for a worker that waits or has ended, whose
 * state says enough.
 */
export function suspicionOf({
  at,
  suspicion,
}: Worker): NonNullable<Worker["suspicion"]> | undefined {
  return at.state === "working" ? (suspicion ?? undefined) : undefined;
}

/** Whether its process tree has ended for certain. `done` is a report, not an end. */
export function isOver(worker: Worker): boolean {
  const { state } = worker.at;
  return state === "exited" || state === "killed" || state === "paused" || state === "lost";
}
