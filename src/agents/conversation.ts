import type { ExactEnv } from "../ground/proc/run.ts";
import type { AgentEvent } from "./event.ts";
import type { RecordReader } from "./record.ts";

/** A message to an agent that is running. */
export interface Utterance {
  /**
   * A UUID: the program names it when it takes the message up, and ignores a message it has had
   * before.
   */
  readonly id: string;
  readonly text: string;
}

/** A person's answer to a permission, or to a question. */
export type Answer =
  | { readonly kind: "allow" }
  /** A refusal; `why` is told to the agent. */
  | { readonly kind: "deny"; readonly why: string }
  /** The answer to a question, in the person's words or the words of an option. */
  | { readonly kind: "text"; readonly text: string };

/**
 * The program's own records of its sessions: they tell what has arrived while no supervisor
 * listened, and what the program did where it has no stream.
 */
export interface SessionRecords {
  /** The folder that holds them, at any depth; undefined when the environment does not say. */
  readonly folder: (env: ExactEnv) => string | undefined;
  readonly isOf: (file: string, session: string) => boolean;
  /** The folder for its sub-agents' work, beside the file of a session; absent: there is none. */
  readonly apart?: (file: string) => string;
  /** Whether a line shows that an utterance came before the model. */
  readonly shows: (line: string, utterance: string) => boolean;
  /** Makes a reader of a single session's records. */
  readonly reader: () => RecordReader;
}

/** The meaning of a line of the program, and the lines to write in return at once. */
export interface HeardLine {
  readonly events: readonly AgentEvent[];
  readonly reply: readonly string[];
}

/**
 * A conversation with a program that goes on listening on its standard input: the lines to write
 * there, and the meaning of its own lines. It keeps the state the protocol needs and has no
 * effects.
 */
export interface StreamProtocol {
  /** Returns the lines that begin the conversation and say the first message. */
  open(first: Utterance): readonly string[];
  hear(line: string): HeardLine;
  /** Returns the lines that say a message into the running turn, else as a turn of its own. */
  say(utterance: Utterance): readonly string[];
  /** Answers a call. @returns undefined when that call does not wait for an answer (any more) */
  answer(call: string, answer: Answer): readonly string[] | undefined;
  /** Returns the lines that end the running turn, not the conversation. */
  interrupt(): readonly string[];
}
