import type { Answer } from "../../agents/conversation.ts";
import type { AgentAsk } from "../../agents/event.ts";

/** Something that waits to be said to a worker. */
export interface PendingMessage {
  readonly id: number;
  /** The UUID under which it is said; the same each time it is said. */
  readonly utterance: string;
  /** As the agent reads it: with its number and who sent it. */
  readonly text: string;
  /** Worth knowing, but no reason to begin a turn. */
  readonly isNotice: boolean;
}

/** One that was given to the agent, and nothing has shown yet that it arrived. */
export interface UnsettledMessage {
  readonly id: number;
  readonly utterance: string;
}

/** A person's answer that waits to be given. */
export interface Reply {
  readonly ask: number;
  readonly call: string;
  readonly answer: Answer;
}

/** By which way something reached the agent. */
export type RoadName = "prompt" | "stream" | "terminal" | "hook";

/**
 * What a supervisor is handed for its worker, and where it tells what became of it. Every call is
 * one transaction; of several who try to give the same letter or reply, one does.
 */
export interface MessageStore {
  /** What waits, oldest first. */
  pending(): readonly PendingMessage[];
  /**
   * Says that these are about to be given, under this utterance.
   * @returns those that still waited: only these may be given
   */
  give(letters: readonly PendingMessage[], utterance?: string): readonly PendingMessage[];
  /** Why those that were given do not go on yet, in words. */
  waits(ids: readonly number[], why: string): void;
  delivered(
    ids: readonly number[],
    how: { readonly road: RoadName; readonly evidence: string },
  ): void;
  /** They were not given after all, and wait again. */
  takeBack(ids: readonly number[]): void;
  /** They were said twice, and nothing shows that they arrived. */
  stuck(ids: readonly number[], why: string): void;
  /** Whether they arrived cannot be known: they wait for one more try, then they are stuck. */
  inDoubt(ids: readonly number[], why: string): void;
  unsettled(): readonly UnsettledMessage[];
  /** Writes down what the agent waits for. */
  asked(ask: AgentAsk): void;
  replies(): readonly Reply[];
  /** Says that it is about to be given; @returns false when it is not to be given (any more) */
  replying(ask: number): boolean;
  /** What became of it: the tool went on or was refused, or nothing waited for it any more. */
  replied(ask: number, how: { readonly isMoot: boolean; readonly evidence: string }): void;
  /** It could not be given, and its agent waits on. */
  reopen(ask: number, why: string): void;
  /** The agent waits for these no more; all there are when no call is named. */
  withdraw(why: string, call?: string): void;
}
