import { assertNever } from "../../ground/errors.ts";
import type { AccountId } from "../../ground/ids.ts";
import type { WorkerEvent } from "../../worker/worker-event.ts";
import type { DoneDecision } from "../done/done.ts";
import type { FinalDecision } from "../done/settle.ts";

/** The purpose of a turn, but for the session in which it is played. */
export interface TurnReason {
  readonly commit: "agent" | "pleach";
  /** The part that is missing for the work to be done; said first. */
  readonly missing: string | undefined;
  /** Whether the agent has ended a turn since its worker was started. */
  readonly isTold: boolean;
  /** The signal that cut the program off in the turn before. */
  readonly crash: string | undefined;
}

/** A turn that has ended, before its work was looked at. */
export interface EndedFacts {
  /** The signal that ended the program amid its work, when it may be started again after that. */
  readonly crash: string | undefined;
  /** Whether the session takes another turn: the program keeps sessions, and nothing went wrong. */
  readonly mayGoOn: boolean;
  /** Whether a message waits for the agent that is a reason to begin a turn. */
  readonly hasMessages: boolean;
}

/** The place between two turns at which a supervisor is. */
export type Progress =
  | { readonly kind: "before"; readonly reason: TurnReason }
  | { readonly kind: "ended"; readonly reason: TurnReason; readonly facts: EndedFacts }
  | {
      readonly kind: "judged";
      readonly reason: TurnReason;
      readonly decision: DoneDecision;
      /** Whether the agent has been ended, and its work looked at after that. */
      readonly isClosed: boolean;
    };

/** Facts from outside the turn. */
export interface Surroundings {
  /** Whether the supervisor was asked to end. */
  readonly isStopped: boolean;
  /** The reason why no turn may begin now; undefined when a turn may. */
  readonly refused: FinalDecision | undefined;
  readonly account: AccountId;
}

/** The next act of a supervisor. */
export type NextStep =
  | { readonly kind: "stop" }
  | { readonly kind: "begin"; readonly reason: TurnReason }
  /** Another turn follows, after this event is recorded. */
  | { readonly kind: "again"; readonly reason: TurnReason; readonly event: WorkerEvent }
  | { readonly kind: "judge" }
  | { readonly kind: "close" }
  /** A fresh session follows, at this mark of the work. */
  | { readonly kind: "renew"; readonly reason: TurnReason; readonly mark: string }
  /** The worker may not go on now, and ends. */
  | { readonly kind: "rest"; readonly refused: FinalDecision }
  | {
      readonly kind: "end";
      readonly decision: Extract<FinalDecision, { kind: "ready" | "needs-human" }>;
    };

/** Whether the next step depends on whether a turn may begin now, which has to be asked anew. */
export function dependsOnPermit(progress: Progress): boolean {
  switch (progress.kind) {
    case "before":
      return true;
    case "ended": {
      const { crash, mayGoOn, hasMessages } = progress.facts;
      return crash === undefined && mayGoOn && hasMessages;
    }
    case "judged":
      return !progress.isClosed;
    default:
      return assertNever(progress);
  }
}

/** Decides what a supervisor does next: another turn, a look at the work, or the worker's end. Pure. */
export function nextTurn(progress: Progress, around: Surroundings): NextStep {
  switch (progress.kind) {
    case "before":
      if (around.isStopped) return { kind: "stop" };
      if (around.refused !== undefined) return { kind: "rest", refused: around.refused };
      return { kind: "begin", reason: progress.reason };
    case "ended":
      return afterTurn(progress.reason, progress.facts, around);
    case "judged":
      return afterJudging(progress, around);
    default:
      return assertNever(progress);
  }
}

function afterTurn(
  reason: TurnReason,
  { crash, mayGoOn, hasMessages }: EndedFacts,
  { refused }: Surroundings,
): NextStep {
  if (crash !== undefined) {
    const event = { type: "worker.crashed", signal: crash } as const;
    return { kind: "again", reason: { ...reason, crash }, event };
  }
  if (mayGoOn && hasMessages && refused === undefined) {
    const event = { type: "worker.reminded", missing: "it has mail" } as const;
    return { kind: "again", reason: told(reason, undefined), event };
  }
  return { kind: "judge" };
}

/** An agent that still listens is ended before its work counts, unless only a reminder is missing. */
function afterJudging(
  { reason, decision, isClosed }: Extract<Progress, { kind: "judged" }>,
  { isStopped, refused, account }: Surroundings,
): NextStep {
  if (!isClosed) {
    if (isStopped) return { kind: "stop" };
    const isReminded = decision.kind === "remind" && refused === undefined;
    return isReminded ? reminder(reason, decision.missing) : { kind: "close" };
  }
  if (isStopped && decision.kind === "needs-human") return { kind: "stop" };
  if (decision.kind === "ready" || decision.kind === "needs-human") {
    return { kind: "end", decision };
  }
  if (decision.kind === "hold") return { kind: "rest", refused: { ...decision, account } };
  if (refused !== undefined) return { kind: "rest", refused };
  const { kind, missing } = decision;
  if (kind === "remind") return reminder(reason, missing);
  return { kind: "renew", reason: told(reason, missing), mark: decision.mark };
}

function reminder(reason: TurnReason, missing: string): NextStep {
  const event = { type: "worker.reminded", missing } as const;
  return { kind: "again", reason: told(reason, missing), event };
}

const told = ({ commit }: TurnReason, missing: string | undefined): TurnReason => ({
  ...{ commit, missing, isTold: true, crash: undefined },
});
