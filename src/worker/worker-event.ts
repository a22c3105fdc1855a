import type { Limit, Usage } from "../agents/event.ts";
import { assertNever } from "../ground/errors.ts";
import type { Sha, WorkerId } from "../ground/ids.ts";
import type { ProcessIdentity } from "../ground/proc/identity.ts";
import type { HostChoice } from "../hosts/choice.ts";
import type { SignalContent } from "./signal.ts";
import type { Carried, Report, Session, Suspicion } from "./worker.ts";

/** An event of a worker. */
export type WorkerEvent =
  | {
      readonly type: "worker.created";
      readonly worker: WorkerId;
      readonly agent: string;
      readonly attempt: number;
      readonly starter: ProcessIdentity;
      readonly refusedTip: Sha | null;
      /** The session that the worker continues. */
      readonly session: Session | null;
      /**
       * The worker's inheritance from the worker before it; nothing when there was none, or a
       * person said go on.
       */
      readonly carried?: Carried;
    }
  /** The place where it is being started, and what was lost on the way there. */
  | ({ readonly type: "worker.hosted" } & HostChoice)
  | { readonly type: "worker.supervised"; readonly supervisor: ProcessIdentity }
  /** Its terminal can be attached to, by this socket of its supervisor. */
  | { readonly type: "worker.opened"; readonly socket: string }
  /** No way into its terminal could be opened. */
  | { readonly type: "worker.closed-in"; readonly why: string }
  | { readonly type: "worker.started"; readonly agentProcess: ProcessIdentity }
  | ({ readonly type: "worker.reported" } & Report)
  | { readonly type: "worker.reminded"; readonly missing: string }
  /** Its supervisor begins a turn. */
  | { readonly type: "worker.prompted" }
  /** Most of a budget is used up. */
  | { readonly type: "worker.warned"; readonly budget: string }
  /** A fresh session follows a session that goes no further. */
  | { readonly type: "worker.renewed"; readonly count: number; readonly mark: string }
  | { readonly type: "worker.session"; readonly sessionId: string }
  /** The growth of the session's use; `session` is its total. */
  | ({ readonly type: "worker.usage"; readonly session: Usage } & Usage)
  | ({ readonly type: "worker.limited" } & Limit)
  | { readonly type: "worker.denied"; readonly tool: string; readonly why: string }
  /** A source's observation; recorded when it differs from the source's former observation. */
  | { readonly type: "worker.signalled"; readonly said: SignalContent }
  /** The worker no longer gets on, as far as can be seen. */
  | ({ readonly type: "worker.suspected" } & Suspicion)
  /** The worker gets on again. */
  | { readonly type: "worker.cleared" }
  /** The number of further lines that were not understood. */
  | { readonly type: "worker.misheard"; readonly count: number; readonly sample: string }
  /** The session goes no further. */
  | { readonly type: "worker.spent"; readonly why: string }
  | { readonly type: "worker.ended"; readonly code: number }
  | { readonly type: "worker.killed"; readonly signal: string }
  | { readonly type: "worker.paused" }
  /** The agent was ended by a signal in the middle of its work, and is started again. */
  | { readonly type: "worker.crashed"; readonly signal: string }
  | { readonly type: "worker.lost" }
  | { readonly type: "worker.unknown"; readonly why: string };

/** Reads what an event says of the worker's state; undefined when it says nothing of it. */
export function saidBy(
  event: Exclude<WorkerEvent, { readonly type: "worker.created" }>,
): SignalContent | undefined {
  switch (event.type) {
    case "worker.started":
      return { source: "process", says: "running" };
    case "worker.reported":
      return event.kind === "done"
        ? { source: "report", says: "done", detail: event.text }
        : { source: "report", says: "blocked", reason: "stated", detail: event.text };
    case "worker.reminded":
    case "worker.renewed":
      return { source: "supervisor", says: "sent-on" };
    case "worker.signalled":
      return event.said;
    case "worker.limited":
      return blockedBy("limit", event.why);
    case "worker.denied":
      return blockedBy("permission", event.tool);
    case "worker.ended":
      return { source: "process", says: "exited", code: event.code };
    case "worker.killed":
      return { source: "process", says: "killed", signal: event.signal };
    case "worker.paused":
      return { source: "process", says: "paused" };
    case "worker.lost":
      return { source: "process", says: "lost" };
    case "worker.unknown":
      return { source: "process", says: "unknown", why: event.why };
    case "worker.suspected":
    case "worker.cleared":
    case "worker.misheard":
    case "worker.hosted":
    case "worker.crashed":
    case "worker.opened":
    case "worker.closed-in":
    case "worker.supervised":
    case "worker.session":
    case "worker.prompted":
    case "worker.warned":
    case "worker.usage":
    case "worker.spent":
      return undefined;
    default:
      return assertNever(event);
  }
}

const blockedBy = (reason: "limit" | "permission", detail: string): SignalContent => ({
  source: "stream",
  subAgent: null,
  says: "blocked",
  reason,
  detail,
});
