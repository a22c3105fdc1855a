import type { Login } from "./account.ts";
import type { Agent } from "./agent.ts";
import type { RotatingLogin } from "./rotating.ts";

/*
 * The demands of Pleach on every agent program, row by row. An adapter says how each row is met, or
 * that it is not observable; one suite plays each row, over recorded output and with the real
 * program.
 */

/** The rows, with the demand of each, in the order in which a person reads them. */
export const contractRows = {
  start: "starts without a terminal and says that it works",
  "first prompt": "the whole prompt reaches the model, whatever characters it holds",
  "session id": "says which session it works in",
  "clean exit": "says that its turn is finished, and exits with 0",
  "tool paths": "names the tools it uses, with commands and paths",
  "edits and commits": "edits in its worktree, and who commits",
  instructions: "what holds for the session stands beside the prompt",
  "denied permission": "says what it was not allowed to do",
  "permission asked": "asks a person, and waits",
  question: "puts a question to a person, and waits",
  "several turns": "takes more than one turn",
  "resume keeps the session": "a later process goes on in the same session",
  "follow-up": "what is said next comes on top of what the session knows",
  interrupt: "can be interrupted, and its session goes on afterwards",
  usage: "says what it has used",
  "limit with reset": "says that its account has reached a limit, and when it opens",
  "auth error": "says that its login was refused",
  "context exhausted": "says that its context is full",
  error: "says why it failed",
  "sub-agents apart": "what its sub-agents do is told apart from what it does",
  "unknown events": "a line of a later version is kept and counted, and is no failure",
} as const;

export type ContractRow = keyof typeof contractRows;

/** The way a row is met, in the words of the table in docs/agents.md; or why it cannot be seen. */
export type MetRow =
  | { readonly kind: "met"; readonly how: string }
  | { readonly kind: "not-observable"; readonly why: string };

export const met = (how: string): MetRow => ({ kind: "met", how });
export const notObservable = (why: string): MetRow => ({ kind: "not-observable", why });

/** An agent with its documentation: the demands it meets, and notes for people. */
export interface Adapter {
  readonly name: string;
  /**
   * Notes for the person who configures the agent: written above its section of pleach.toml, one
   * line each.
   */
  readonly notes: readonly string[];
  /** The meaning of each value of `permissions` for this agent. */
  readonly permissions: {
    /**
     * The meaning of `ask`; undefined: as `edits`, because the agent cannot ask without a terminal.
     */
    readonly ask?: string;
    readonly edits: string;
    readonly bypass: string;
  };
  /** The way each row is met without a terminal. */
  readonly contract: Readonly<Record<ContractRow, MetRow>>;
  make(settings: AgentSettings): Agent;
  /**
   * Finds the login that sessions side by side may take away from each other; undefined: there is
   * none.
   */
  rotating(login: Login): RotatingLogin | undefined;
}

export interface AgentSettings {
  /** The model; undefined: the program's own default. */
  readonly model: string | undefined;
}
