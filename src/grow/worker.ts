import { addUsage, type Usage } from "../agents/event.ts";
import type { EpochMs } from "../ground/clock.ts";
import type { Sha, TrackName, WorkerId } from "../ground/ids.ts";
import type { ProcessIdentity } from "../ground/proc/identity.ts";
import type { Mode } from "../hosts/choice.ts";
import type { HostName } from "../hosts/host.ts";
import type { Spending } from "./budget.ts";
import type { Suspicion } from "./progress.ts";
import { hear, type Said, type Signal, type Source, timeAfter } from "./signal.ts";
import { stateOf, type WorkerState } from "./state.ts";
import { saidBy, type WorkerEvent } from "./worker-event.ts";

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

const nothingCarried: Carried = {
  before: { tokens: 0, costUsd: 0, ms: 0, turns: 0 },
  warned: false,
  renewals: { count: 0, mark: null },
};

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

/** The next state of a worker; an end that was recorded is never taken back. */
export function transitionWorker(
  worker: Worker | undefined,
  event: WorkerEvent,
  track: TrackName,
  now: EpochMs,
): Worker {
  if (event.type === "worker.created") return created(event, track, now);
  if (worker === undefined) throw new Error(`${event.type} for a worker that does not exist`);
  if (isOver(worker)) return worker;
  const next = withFacts(worker, event, now);
  const said = saidBy(event);
  return said === undefined ? next : heard(next, said, now);
}

function created(
  event: WorkerEvent & { readonly type: "worker.created" },
  track: TrackName,
  now: EpochMs,
): Worker {
  return {
    id: event.worker,
    track,
    agent: event.agent,
    supervisor: null,
    agentProcess: null,
    sessionId: event.session?.id ?? null,
    sessionSpent: false,
    sessionUsage: event.session?.usage ?? null,
    usage: null,
    attempt: event.attempt,
    turns: 0,
    ...(event.carried ?? nothingCarried),
    starter: event.starter,
    refusedTip: event.refusedTip,
    report: null,
    startedAt: now,
    signals: hear([], { source: "supervisor", says: "starting" }, now),
    since: now,
    source: "supervisor",
    at: { state: "starting" },
  };
}

/** The worker with one more thing heard. */
export function heard(worker: Worker, said: Said, now: EpochMs): Worker {
  const signals = hear(worker.signals, said, timeAfter(worker.signals, said, now));
  return signals === worker.signals ? worker : restated({ ...worker, signals }, now);
}

/** The worker as its signals have it now: the only place where its state is set. */
export function restated(worker: Worker, now: EpochMs): Worker {
  if (worker.signals.length === 0) return worker;
  const { at, source, since } = stateOf(worker.signals, now);
  return { ...worker, at, source, since };
}

/** The worker with what an event tells besides its state. */
function withFacts(worker: Worker, event: WorkerEvent, now: EpochMs): Worker {
  switch (event.type) {
    case "worker.crashed":
      return { ...worker, crashes: (worker.crashes ?? 0) + 1 };
    case "worker.opened":
      return { ...worker, socket: event.socket };
    case "worker.closed-in":
      return { ...worker, noWayIn: event.why };
    case "worker.hosted":
      return { ...worker, host: event.host, mode: event.mode };
    case "worker.supervised":
      return { ...worker, supervisor: event.supervisor };
    case "worker.started":
      return { ...worker, agentProcess: event.agentProcess, suspicion: null };
    case "worker.suspected":
      return { ...worker, suspicion: { kind: event.kind, why: event.why, since: now } };
    case "worker.cleared":
      return { ...worker, suspicion: null };
    case "worker.misheard": {
      const count = (worker.misheard?.count ?? 0) + event.count;
      return { ...worker, misheard: { count, sample: event.sample } };
    }
    case "worker.reported":
      return { ...worker, report: { kind: event.kind, text: event.text } };
    case "worker.reminded":
      // What was said before the reminder is answered by it.
      return { ...worker, report: null };
    case "worker.prompted":
      return { ...worker, turns: worker.turns + 1 };
    case "worker.warned":
      return { ...worker, warned: true };
    case "worker.renewed":
      return { ...worker, report: null, renewals: { count: event.count, mark: event.mark } };
    case "worker.session":
      return withSession(worker, event.sessionId);
    case "worker.usage":
      return withUsage(worker, event);
    case "worker.spent":
      return { ...worker, sessionSpent: true };
    default:
      return worker;
  }
}

function withSession(worker: Worker, sessionId: string): Worker {
  if (sessionId === worker.sessionId) return worker;
  const isUnpriced = worker.sessionUsage !== null && worker.sessionUsage.costUsd === null;
  const next = { ...worker, sessionId, sessionSpent: false, sessionUsage: null };
  return isUnpriced && worker.usage !== null ? { ...next, paidUsd: null } : next;
}

function withUsage(worker: Worker, event: Usage & { readonly session: Usage }): Worker {
  const { inputTokens, outputTokens, costUsd, session } = event;
  const { usage: former, paidUsd: before = former === null ? 0 : former.costUsd } = worker;
  const tokens = addUsage(former, { inputTokens, outputTokens, costUsd: null });
  const paidUsd = before === null ? null : before + (costUsd ?? 0);
  const usage = {
    inputTokens,
    outputTokens,
    ...tokens,
    costUsd: session.costUsd === null ? null : paidUsd,
  };
  return { ...worker, usage, paidUsd, sessionUsage: session };
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
