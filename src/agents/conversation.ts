import type { ExactEnv } from "../ground/proc/run.ts";
import type { AgentEvent } from "./event.ts";
import type { RecordReader } from "./record.ts";

/** Something said to an agent that is running. */
export interface Utterance {
  /** A UUID: the program names it when it takes it up, and passes by what it has had already. */
  readonly id: string;
  readonly text: string;
}

/** What a person answers: to a permission, or to a question. */
export type Answer =
  | { readonly kind: "allow" }
  /** `why` is told to the agent. */
  | { readonly kind: "deny"; readonly why: string }
  /** The answer to a question, in the person's words or those of an option. */
  | { readonly kind: "text"; readonly text: string };

/**
 * The program's own record of its sessions: it tells what has arrived when nobody was there to hear,
 * and what the program did where it has no stream.
 */
export interface SessionRecords {
  /** The folder that holds them, at any depth; undefined when the environment does not say. */
  readonly folder: (env: ExactEnv) => string | undefined;
  readonly isOf: (file: string, session: string) => boolean;
  /** The folder for what its sub-agents did, beside the file of a session; absent: there is none. */
  readonly apart?: (file: string) => string;
  /** Whether a line shows that an utterance came before the model. */
  readonly shows: (line: string, utterance: string) => boolean;
  /** Reads one session's records. */
  readonly reader: () => RecordReader;
}

/** What a line of the program means, and what it wants to hear in return at once. */
export interface HeardLine {
  readonly events: readonly AgentEvent[];
  readonly reply: readonly string[];
}

/**
 * One conversation with a program that goes on listening on its standard input: what to write there,
 * line by line, and what its own lines mean. It keeps what the protocol needs and has no effects.
 */
export interface StreamProtocol {
  /** The lines that begin the conversation and say the first thing. */
  open(first: Utterance): readonly string[];
  hear(line: string): HeardLine;
  /** Into the turn that runs, else as a turn of its own. */
  say(utterance: Utterance): readonly string[];
  /** @returns undefined when that call does not wait for an answer (any more) */
  answer(call: string, answer: Answer): readonly string[] | undefined;
  /** Ends the turn that runs, not the conversation. */
  interrupt(): readonly string[];
}
