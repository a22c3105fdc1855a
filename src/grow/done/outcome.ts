import type { TurnSeen } from "../../agents/event.ts";
import { assertNever } from "../../ground/errors.ts";
import type { Ending } from "../../ground/proc/run.ts";

/** An obstacle that kept an agent from finishing, by its own word; another start meets the same. */
export interface TurnObstacle {
  readonly kind: "denied" | "limit" | "context" | "auth" | "no-session";
  /** Said to a person, as a fact with a next step. */
  readonly detail: string;
}

export interface TurnReading {
  /** The failure in words; undefined when the turn ended well, or met an obstacle. */
  readonly failure: string | undefined;
  readonly obstacle: TurnObstacle | undefined;
}

export interface EndedTurn {
  /** The way the process ended, in words; undefined when it exited with 0. */
  readonly failure: string | undefined;
  /** Undefined for a program whose output is text. */
  readonly seen: TurnSeen | undefined;
  /** Whether the turn was to go on with a session. */
  readonly resumed: boolean;
}

/**
 * Names the signal that ended a session-keeping program in the middle of its work, not sent by
 * Pleach: a crash, or the machine's lack of memory. Its session goes on. Pure.
 */
export function crashOf(
  turn: {
    readonly ending: Ending | null;
    readonly cause: string;
    readonly seen: TurnSeen | undefined;
  },
  keepsSessions: boolean,
): string | undefined {
  const { ending, cause, seen } = turn;
  const hasEnded = (seen?.outcome ?? null) !== null;
  const inTheMiddle = cause === "by-itself" && keepsSessions && !hasEnded;
  return inTheMiddle && ending?.kind === "signalled" ? ending.signal : undefined;
}

/** Reads how a turn ended: by the program's final word first, by its exit code second. Pure. */
export function readTurn({ failure, seen, resumed }: EndedTurn): TurnReading {
  const [denial] = seen?.denials ?? [];
  if (denial !== undefined) {
    const what = denial.why === "" ? denial.tool : `${denial.tool}: ${denial.why}`;
    const detail = `it was denied a permission (${what}): allow it, or do that step, then start it again`;
    return { failure: undefined, obstacle: { kind: "denied", detail } };
  }
  const outcome = seen?.outcome ?? null;
  if (outcome?.kind === "finished") return { failure: undefined, obstacle: undefined };
  const why = outcome?.kind === "failed" ? outcome.why : failure;
  if (resumed && seen?.session === null && why !== undefined) {
    const detail = `its session cannot be resumed (${why})`;
    return { failure: undefined, obstacle: { kind: "no-session", detail } };
  }
  if (outcome !== null) return readOutcome(outcome);
  if (failure !== undefined || seen === undefined) return { failure, obstacle: undefined };
  return { failure: "exit code 0, but no final word of its own", obstacle: undefined };
}

function readOutcome(
  outcome: Exclude<NonNullable<TurnSeen["outcome"]>, { kind: "finished" }>,
): TurnReading {
  const met = (kind: TurnObstacle["kind"], detail: string): TurnReading => ({
    failure: undefined,
    obstacle: { kind, detail },
  });
  const { why } = outcome;
  switch (outcome.kind) {
    case "limited":
      return met("limit", `its account reached a ${outcome.limit} limit: ${why}`);
    case "exhausted":
      return met("context", `its context is full (${why})`);
    case "unauthorised":
      return met("auth", `its login was refused (${why}): log in again, then start it again`);
    case "failed":
      return { failure: `an error of its own: ${why}`, obstacle: undefined };
    default:
      return assertNever(outcome);
  }
}
