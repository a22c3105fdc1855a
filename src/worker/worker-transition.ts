import { addUsage, type Usage } from "../agents/event.ts";
import type { EpochMs } from "../ground/clock.ts";
import type { TrackName } from "../ground/ids.ts";
import { hear, type SignalContent, timeAfter } from "./signal.ts";
import { stateOf } from "./state.ts";
import { type Carried, isOver, type Worker } from "./worker.ts";
import { saidBy, type WorkerEvent } from "./worker-event.ts";

const nothingCarried: Carried = {
  before: { tokens: 0, costUsd: 0, ms: 0, turns: 0 },
  warned: false,
  renewals: { count: 0, mark: null },
};

/** Returns the next state of a worker; a recorded end is never taken back. */
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

/** Returns the worker with a further signal heard. */
export function heard(worker: Worker, said: SignalContent, now: EpochMs): Worker {
  const signals = hear(worker.signals, said, timeAfter(worker.signals, said, now));
  return signals === worker.signals ? worker : restated({ ...worker, signals }, now);
}

/** Returns the worker in the state of its signals: the only place where its state is set. */
export function restated(worker: Worker, now: EpochMs): Worker {
  if (worker.signals.length === 0) return worker;
  const { at, source, since } = stateOf(worker.signals, now);
  return { ...worker, at, source, since };
}

/** Returns the worker with what an event tells besides its state. */
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
      // The reminder answers the report before it.
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
