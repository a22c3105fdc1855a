import type { Login } from "./account.ts";
import type { Errand, Launch } from "./agent.ts";
import type { Answer } from "./conversation.ts";
import type { TurnOutcome } from "./event.ts";

/** How a program behaves in a terminal of its own. All of it is pure. */
export interface TerminalManners {
  /** The first prompt goes by argv; nothing is on standard input but keys. */
  launch(errand: Errand): Launch;
  /** Whether its user has told it before that it may work in a checkout; else it asks first. */
  trusts(login: Login, checkout: string): boolean;
  /** Whether it works in the session of the errand; else it names its own. */
  readonly takesSession: boolean;
  /** What is typed to let it end by itself; undefined: it is ended by signals. */
  readonly quit: string | undefined;
  /** The key that puts a person's draft aside until what is typed next is sent. */
  readonly stash: string | undefined;
  /**
   * What its screen waits for before it reports anything of itself (a question at its first start),
   * in words for the person who has to answer it; undefined: nothing that is known.
   */
  readScreen(screen: string): string | undefined;
  /** What answers an open dialog: keys, or text and Enter; undefined: only a person at it can. */
  answers(
    answer: Answer,
    what: "permission" | "question",
  ): { readonly keys: string } | { readonly text: string } | undefined;
  /** How a turn ended that it reports as an error; its screen may say what its message does not. */
  readError(message: string, screen: string): TurnOutcome;
  /** The session it named when it ended, in what it printed last; null: none. */
  sessionIn(lastWords: string): string | null;
}

/** Of a program nothing is known of but how to start it. */
export const plainManners = (launch: TerminalManners["launch"]): TerminalManners => ({
  launch,
  trusts: () => true,
  takesSession: false,
  quit: undefined,
  stash: undefined,
  readScreen: () => undefined,
  answers: () => undefined,
  readError: (why) => ({ kind: "failed", why }),
  sessionIn: () => null,
});
