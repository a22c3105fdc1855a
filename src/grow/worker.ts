import { addUsage, type Limit, type Usage } from "../agents/event.ts";
import type { EpochMs } from "../ground/clock.ts";
import { assertNever } from "../ground/errors.ts";
import type { Sha, TrackName, WorkerId } from "../ground/ids.ts";
import type { ProcessIdentity } from "../ground/proc/identity.ts";

/** What a worker is doing, as far as there is evidence. */
export type WorkerState =
  | { readonly state: "starting" }
  | { readonly state: "working" }
  | {
      readonly state: "blocked";
      readonly reason: "permission" | "question" | "auth" | "limit" | "stated";
      readonly detail: string;
    }
  | { readonly state: "idle" }
  | { readonly state: "done"; readonly summary: string }
  | { readonly state: "exited"; readonly code: number }
  | { readonly state: "killed"; readonly signal: string }
  /** Proven gone without a recorded end. */
  | { readonly state: "lost" }
  /** The probe failed: nothing is known, nothing may be concluded. */
  | { readonly state: "unknown"; readonly why: string };

/** What told us: kept with each state, shown wherever the state is shown. */
export type Source = "supervisor" | "report" | "process" | "stream";

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

export interface Worker {
  readonly id: WorkerId;
  readonly track: TrackName;
  readonly agent: string;
  /** Who made it and asks the host to start it; while this one lives, a start may still come. */
  readonly starter: ProcessIdentity;
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
  /** Which start on this track this is, from 1. */
  readonly attempt: number;
  /** The tip a landing refused, for a start after a hand-back: the work is done at another one. */
  readonly refusedTip: Sha | null;
  /** Said by the worker (`pleach done`), waiting to be checked. */
  readonly report: Report | null;
  readonly startedAt: EpochMs;
  readonly since: EpochMs;
  readonly source: Source;
  readonly at: WorkerState;
}

export type WorkerEvent =
  | {
      readonly type: "worker.created";
      readonly worker: WorkerId;
      readonly agent: string;
      readonly attempt: number;
      readonly starter: ProcessIdentity;
      readonly refusedTip: Sha | null;
      /** The session it goes on with. */
      readonly session: Session | null;
    }
  | { readonly type: "worker.supervised"; readonly supervisor: ProcessIdentity }
  | { readonly type: "worker.started"; readonly agentProcess: ProcessIdentity }
  | ({ readonly type: "worker.reported" } & Report)
  | { readonly type: "worker.reminded"; readonly missing: string }
  | { readonly type: "worker.session"; readonly sessionId: string }
  /** What came to what the session had used; `session` is its total. */
  | ({ readonly type: "worker.usage"; readonly session: Usage } & Usage)
  | ({ readonly type: "worker.limited" } & Limit)
  | { readonly type: "worker.denied"; readonly tool: string; readonly why: string }
  /** Its session goes no further. */
  | { readonly type: "worker.spent"; readonly why: string }
  | { readonly type: "worker.ended"; readonly code: number }
  | { readonly type: "worker.killed"; readonly signal: string }
  | { readonly type: "worker.lost" }
  | { readonly type: "worker.unknown"; readonly why: string };

/** The next state of a worker; an end that was recorded is never taken back. */
export function transitionWorker(
  worker: Worker | undefined,
  event: WorkerEvent,
  track: TrackName,
  now: EpochMs,
): Worker {
  if (event.type === "worker.created") {
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
      starter: event.starter,
      refusedTip: event.refusedTip,
      report: null,
      startedAt: now,
      since: now,
      source: "supervisor",
      at: { state: "starting" },
    };
  }
  if (worker === undefined) throw new Error(`${event.type} for a worker that does not exist`);
  if (isOver(worker)) return worker;
  const moved = (at: WorkerState, source: Source): Worker => ({
    ...worker,
    at,
    source,
    since: now,
  });
  switch (event.type) {
    case "worker.supervised":
      return { ...worker, supervisor: event.supervisor };
    case "worker.started":
      return { ...moved({ state: "working" }, "process"), agentProcess: event.agentProcess };
    case "worker.reported":
      return {
        ...moved(reported(event), "report"),
        report: { kind: event.kind, text: event.text },
      };
    case "worker.reminded":
      // What was said before the reminder is answered by it.
      return { ...moved({ state: "working" }, "supervisor"), report: null };
    case "worker.session":
      return withSession(worker, event.sessionId);
    case "worker.usage":
      return withUsage(worker, event);
    case "worker.limited":
      return moved({ state: "blocked", reason: "limit", detail: event.why }, "stream");
    case "worker.denied":
      return moved({ state: "blocked", reason: "permission", detail: event.tool }, "stream");
    case "worker.spent":
      return { ...worker, sessionSpent: true };
    case "worker.ended":
      return moved({ state: "exited", code: event.code }, "process");
    case "worker.killed":
      return moved({ state: "killed", signal: event.signal }, "process");
    case "worker.lost":
      return moved({ state: "lost" }, "process");
    case "worker.unknown":
      return moved({ state: "unknown", why: event.why }, "process");
    default:
      return assertNever(event);
  }
}

function withSession(worker: Worker, sessionId: string): Worker {
  if (sessionId === worker.sessionId) return worker;
  return { ...worker, sessionId, sessionSpent: false, sessionUsage: null };
}

function withUsage(worker: Worker, event: Usage & { readonly session: Usage }): Worker {
  const { inputTokens, outputTokens, costUsd, session } = event;
  const usage = addUsage(worker.usage, { inputTokens, outputTokens, costUsd });
  return { ...worker, usage, sessionUsage: session };
}

function reported(event: Report): WorkerState {
  return event.kind === "done"
    ? { state: "done", summary: event.text }
    : { state: "blocked", reason: "stated", detail: event.text };
}

/** The session that the next start on its track goes on with. */
export function sessionOf(worker: Worker | undefined): Session | null {
  if (worker === undefined || worker.sessionId === null || worker.sessionSpent) return null;
  return { id: worker.sessionId, usage: worker.sessionUsage };
}

/** Whether its process tree has ended for certain. `done` is a report, not an end. */
export function isOver(worker: Worker): boolean {
  const { state } = worker.at;
  return state === "exited" || state === "killed" || state === "lost";
}
