import type { Usage } from "../agents/event.ts";
import type { EpochMs } from "../ground/clock.ts";
import type { Sha, TrackName, WorkerId } from "../ground/ids.ts";
import type { ProcessIdentity } from "../ground/proc/identity.ts";
import type { Mode } from "../hosts/choice.ts";
import type { HostName } from "../hosts/host.ts";
import type { Signal, Source } from "./signal.ts";
import type { WorkerState } from "./state.ts";

/** What was used up. A cost that no program told counts as nothing, for nobody knows it. */
export interface Spending {
  /** In and out, those read from a cache included. */
  readonly tokens: number;
  readonly costUsd: number;
  /** Of workers, from their start to their end: what a hold takes is not among it. */
  readonly ms: number;
  /** Begun by Pleach: prompts, reminders, fresh sessions. */
  readonly turns: number;
}

/** Something that a worker's signals do not tell, and a person should look at. */
export interface Suspicion {
  readonly kind: "no-progress" | "repeating" | "unanswered" | "silent";
  readonly why: string;
}

/** What a worker says about itself; a claim to be checked. */
export interface Report {
  readonly kind: "done" | "blocked";
  readonly text: string;
}

/** An agent's session that another start goes on with, and what it had used by then. */
export interface Session {
  readonly id: string;
  readonly usage: Usage | null;
}

/** How often a full session was followed by a fresh one, and where the work stood the last time. */
export interface Renewals {
  readonly count: number;
  readonly mark: string | null;
}

/** What a worker takes over from the one before it; anew when a person said go on. */
export type Carried = Pick<Worker, "before" | "warned" | "renewals">;

export interface Worker {
  readonly id: WorkerId;
  readonly track: TrackName;
  readonly agent: string;
  /** Who made it and asks the host to start it; while this one lives, a start may still come. */
  readonly starter: ProcessIdentity;
  /** Where it runs; absent until that is known. */
  readonly host?: HostName;
  /** How it runs there, which may be less than its track asks for; absent until that is known. */
  readonly mode?: Mode;
  /** How often its agent was ended by a signal in the middle of its work. */
  readonly crashes?: number;
  /** Where one can attach to its terminal; absent: nowhere. */
  readonly socket?: string;
  /** Why nobody can attach to its terminal, where none of the folders for sockets was of use. */
  readonly noWayIn?: string;
  /** The supervisor; null until it has said who it is. */
  readonly supervisor: ProcessIdentity | null;
  readonly agentProcess: ProcessIdentity | null;
  /** The agent's own session, which its next start goes on with. */
  readonly sessionId: string | null;
  /** The session goes no further, or is gone: the next start begins a fresh one. */
  readonly sessionSpent: boolean;
  /** What the session had used in all, other workers' part included, when it last said so. */
  readonly sessionUsage: Usage | null;
  /** What this worker has used; null while nothing told. */
  readonly usage: Usage | null;
  /**
   * What it has cost, as far as its sessions have said: some say it later than what they used. Null:
   * one of them never will. Absent: nothing was told.
   */
  readonly paidUsd?: number | null;
  /** Which start on this track this is, from 1. */
  readonly attempt: number;
  /** Turns that its supervisor began. */
  readonly turns: number;
  /** What the workers before it have used, since a person last said go on. */
  readonly before: Spending;
  /** Whether a person was told that its budget is nearly used up. */
  readonly warned: boolean;
  /** The fresh sessions that followed one that was full, those of the workers before it among them. */
  readonly renewals: Renewals;
  /** The tip a landing refused, for a start after a hand-back: the work is done at another one. */
  readonly refusedTip: Sha | null;
  /** What a person should look at, while it lasts. */
  readonly suspicion?: (Suspicion & { readonly since: EpochMs }) | null;
  /** How much of what it told was not understood, and the last of it. */
  readonly misheard?: { readonly count: number; readonly sample: string };
  /** Said by the worker (`pleach done`), waiting to be checked. */
  readonly report: Report | null;
  readonly startedAt: EpochMs;
  /** What each source said last. `at`, `source` and `since` are what they come to. */
  readonly signals: readonly Signal[];
  readonly since: EpochMs;
  readonly source: Source;
  readonly at: WorkerState;
}

/** The session that the next start on its track goes on with. */
export function sessionOf(worker: Worker | undefined): Session | null {
  if (worker === undefined || worker.sessionId === null || worker.sessionSpent) return null;
  return { id: worker.sessionId, usage: worker.sessionUsage };
}

/** What a person should look at; of one that waits or has ended its state says enough. */
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
