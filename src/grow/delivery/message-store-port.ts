import type { Answer } from "../../agents/conversation.ts";
import type { AgentAsk } from "../../agents/event.ts";

/** A message that waits to be said to a worker. */
export interface PendingMessage {
  readonly id: number;
  /** The UUID under which the message is said; the same each time. */
  readonly utterance: string;
  /** The message as the agent reads it: with its number and its sender. */
  readonly text: string;
  /** Whether the message is worth knowing, but no reason to begin a turn. */
  readonly isNotice: boolean;
}

/** A message that was given to the agent, with nothing yet to show that it arrived. */
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

/** The way by which a message reached the agent. */
export type RoadName = "prompt" | "stream" | "terminal" | "hook";

/**
 * The messages a supervisor is handed for its worker, and the record of their fate. Every call is
 * one transaction; of several callers that try to give the same letter or reply, one succeeds.
 */
export interface MessageStore {
  /** Lists the waiting messages, oldest first. */
  pending(): readonly PendingMessage[];
  /**
   * Says that these messages are about to be given, under this utterance.
   * @returns the messages that still waited: only these may be given
   */
  give(letters: readonly PendingMessage[], utterance?: string): readonly PendingMessage[];
  /** Records, in words, why messages that were given do not go on yet. */
  waits(ids: readonly number[], why: string): void;
  delivered(
    ids: readonly number[],
    how: { readonly road: RoadName; readonly evidence: string },
  ): void;
  /** Lets messages wait again, as they were not given after all. */
  takeBack(ids: readonly number[]): void;
  /** Gives messages up that were said twice with nothing to show that they arrived. */
  stuck(ids: readonly number[], why: string): void;
  /** Lets messages whose arrival cannot be known wait for one more try; then they are stuck. */
  inDoubt(ids: readonly number[], why: string): void;
  unsettled(): readonly UnsettledMessage[];
  /** Records an ask of the agent. */
  asked(ask: AgentAsk): void;
  replies(): readonly Reply[];
  /**
   * Says that an answer is about to be given; @returns false when it is not to be given (any more)
   */
  replying(ask: number): boolean;
  /** Records that an answer was used (the tool went on or was refused), or is moot. */
  replied(ask: number, how: { readonly isMoot: boolean; readonly evidence: string }): void;
  /** Opens an ask again whose answer could not be given: its agent waits on. */
  reopen(ask: number, why: string): void;
  /** Withdraws an ask that the agent does not wait for any more; all asks when no call is named. */
  withdraw(why: string, call?: string): void;
}
