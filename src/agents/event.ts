import { assertNever } from "../ground/errors.ts";

/** The usage of a session. `costUsd` is null where the program names no price. */
export interface Usage {
  /** The tokens read, those read from a cache included. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number | null;
}

/** The ending of a turn, by the program's own final word. */
export type TurnOutcome =
  | { readonly kind: "finished" }
  | ({ readonly kind: "limited" } & Limit)
  /** The context window is full: this session goes no further. */
  | { readonly kind: "exhausted"; readonly why: string }
  | { readonly kind: "unauthorised"; readonly why: string }
  | { readonly kind: "failed"; readonly why: string };

export interface Limit {
  /** The kind of limit. `rate`: too many requests; `usage`: a plan's allowance; `quota`: money. */
  readonly limit: "rate" | "usage" | "quota";
  readonly why: string;
  /**
   * The time at which the account opens again, where a field tells it (ISO, or words);
   * `readReopening` reads it.
   */
  readonly reopens: string | null;
}

export interface Denial {
  /** The program's own id of the call: the same denial may be told twice. */
  readonly call: string;
  readonly tool: string;
  readonly why: string;
}

/** A request of an agent that waits for a person. */
export interface AgentAsk {
  /** The program's own id of the call that waits. */
  readonly call: string;
  readonly what: "permission" | "question";
  readonly tool: string;
  /** The command, the file, or the question itself. */
  readonly detail: string;
  /** The offered answers to a single question; empty for a permission. */
  readonly options: readonly string[];
  /** Each question, when there are several, or when several answers may be chosen. */
  readonly questions?: readonly AskedQuestion[];
}

export interface AskedQuestion {
  readonly question: string;
  readonly options: readonly string[];
  /** Whether several of the options may be chosen. */
  readonly isMany: boolean;
}

export type AskClosed = "went-on" | "refused" | "withdrawn";

/**
 * An event of an agent program's work, the same for every program. `subAgent` names the speaker
 * when it is not the worker itself: a sub-agent never ends its parent's turn.
 */
export type AgentEvent =
  | {
      readonly kind: "session";
      readonly session: string;
      readonly model: string | null;
      readonly version: string | null;
    }
  | { readonly kind: "turn-started" }
  | { readonly kind: "message"; readonly text: string; readonly subAgent: string | null }
  | {
      readonly kind: "tool";
      readonly tool: string;
      /** The files of the call, as the program names them. */
      readonly paths: readonly string[];
      /** The command, the pattern, the address: the detail a person would want to read. */
      readonly detail: string;
      readonly subAgent: string | null;
    }
  | ({ readonly kind: "denied" } & Denial)
  /** The agent waits for a person's answer. */
  | ({ readonly kind: "asked" } & AgentAsk)
  /** The end of an ask: the tool went on, or the program does not wait any more. */
  | { readonly kind: "ask-closed"; readonly call: string; readonly how: AskClosed }
  /**
   * The fate of a message to the agent: it stands in the queue, has come before the model, or never
   * will.
   */
  | {
      readonly kind: "heard";
      readonly utterance: string;
      readonly how: "queued" | "taken" | "dropped";
    }
  | { readonly kind: "retrying"; readonly why: string }
  /**
   * The number of sub-agents that work on by themselves: when they have ended, another turn may
   * begin.
   */
  | { readonly kind: "background"; readonly running: number }
  | { readonly kind: "warning"; readonly text: string }
  /** An account's limit, told before the turn ends. */
  | ({ readonly kind: "limit" } & Limit)
  /** The total usage of the session so far, over every resume; the reader computes increments. */
  | { readonly kind: "usage"; readonly session: Usage }
  /** The usage just added, from programs that tell no total. */
  | { readonly kind: "used"; readonly more: Usage }
  | { readonly kind: "turn-ended"; readonly outcome: TurnOutcome }
  /** A line this version does not know: kept and counted, never a failure. */
  | { readonly kind: "unknown"; readonly raw: string };

/** Reads one line of a program's structured output. Pure; never throws. */
export type ReadLine = (line: string) => readonly AgentEvent[];

/** The knowledge of a turn so far. */
export interface TurnSeen {
  readonly session: string | null;
  readonly denials: readonly Denial[];
  readonly outcome: TurnOutcome | null;
  /** The time from a notice of a limit, for a final word that does not repeat it. */
  readonly reopens: string | null;
  readonly unknown: number;
}

export const nothingSeen: TurnSeen = {
  session: null,
  denials: [],
  outcome: null,
  reopens: null,
  unknown: 0,
};

/** Adds an event to the knowledge of a turn; @returns the same object when it tells nothing new. */
export function see(seen: TurnSeen, event: AgentEvent): TurnSeen {
  switch (event.kind) {
    case "session":
      return event.session === seen.session ? seen : { ...seen, session: event.session };
    case "denied": {
      const { call, tool, why } = event;
      if (seen.denials.some((denial) => denial.call === call)) return seen;
      return { ...seen, denials: [...seen.denials, { call, tool, why }] };
    }
    case "limit":
      return event.reopens === seen.reopens ? seen : { ...seen, reopens: event.reopens };
    case "turn-ended": {
      const { outcome } = event;
      const known = outcome.kind === "limited" && outcome.reopens === null;
      return { ...seen, outcome: known ? { ...outcome, reopens: seen.reopens } : outcome };
    }
    case "unknown":
      return { ...seen, unknown: seen.unknown + 1 };
    case "turn-started":
    case "message":
    case "tool":
    case "asked":
    case "ask-closed":
    case "heard":
    case "retrying":
    case "background":
    case "warning":
    case "usage":
    case "used":
      return seen;
    default:
      return assertNever(event);
  }
}

/** Finds the growth of a session's total since it was last told. A total that fell begins anew. */
export function usageSince(former: Usage | null, total: Usage): Usage {
  const fell =
    former !== null &&
    (total.inputTokens < former.inputTokens || total.outputTokens < former.outputTokens);
  if (former === null || fell) return total;
  const cost = total.costUsd === null ? null : Math.max(0, total.costUsd - (former.costUsd ?? 0));
  return {
    inputTokens: total.inputTokens - former.inputTokens,
    outputTokens: total.outputTokens - former.outputTokens,
    costUsd: cost,
  };
}

/**
 * Finds the growth of a session by a total that is read again and again, and that other sources may
 * have told as well: nothing is counted twice, and a total that fell counts nothing.
 * @returns the growth, and the total as known now; undefined when nothing was added
 */
export function usageBeyond(
  known: Usage | null,
  total: Usage,
): { readonly more: Usage; readonly session: Usage } | undefined {
  const former = known ?? { inputTokens: 0, outputTokens: 0, costUsd: null };
  const more = {
    inputTokens: Math.max(0, total.inputTokens - former.inputTokens),
    outputTokens: Math.max(0, total.outputTokens - former.outputTokens),
    costUsd: total.costUsd === null ? null : Math.max(0, total.costUsd - (former.costUsd ?? 0)),
  };
  const isPriced = total.costUsd !== null && former.costUsd === null;
  const isNothing = more.inputTokens + more.outputTokens + (more.costUsd ?? 0) === 0;
  if (isNothing && !isPriced) return undefined;
  const costUsd =
    total.costUsd === null ? former.costUsd : (former.costUsd ?? 0) + (more.costUsd ?? 0);
  const session = {
    inputTokens: former.inputTokens + more.inputTokens,
    outputTokens: former.outputTokens + more.outputTokens,
    costUsd,
  };
  return { more, session };
}

/** Adds two usages; a cost that is not known in part is not known. */
export function addUsage(one: Usage | null, other: Usage | null): Usage | null {
  if (one === null || other === null) return one ?? other;
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    costUsd: one.costUsd === null || other.costUsd === null ? null : one.costUsd + other.costUsd,
  };
}

/** Writes a line for a person who follows the work; undefined when there is nothing to read. */
export function formatEvent(event: AgentEvent): string | undefined {
  switch (event.kind) {
    case "session":
      return `session ${event.session}${event.model === null ? "" : ` (${event.model})`}`;
    case "message":
      return `${apart(event.subAgent)}${event.text}`;
    case "tool": {
      const about = event.detail === "" ? event.paths.join(" ") : event.detail;
      return `${apart(event.subAgent)}> ${event.tool} ${about}`.trimEnd();
    }
    case "denied":
      return `denied: ${event.tool}: ${event.why}`;
    case "asked":
      return `asks (${event.what}): ${event.tool}: ${event.detail}`;
    case "ask-closed":
      return `asks no more: ${event.how}`;
    case "retrying":
      return `retrying: ${event.why}`;
    case "warning":
      return `warning: ${event.text}`;
    case "limit":
      return `limit: ${event.why}`;
    case "turn-ended":
      return "why" in event.outcome
        ? `turn ended, ${event.outcome.kind}: ${event.outcome.why}`
        : "turn ended";
    case "unknown":
      return event.raw;
    case "turn-started":
    case "background":
    case "heard":
    case "usage":
    case "used":
      return undefined;
    default:
      return assertNever(event);
  }
}

const apart = (subAgent: string | null): string => (subAgent === null ? "" : "(sub-agent) ");
