import type { Login } from "./account.ts";
import type { Answer } from "./conversation.ts";
import type { AgentAsk, TurnOutcome } from "./event.ts";
import { askDetailOf, type Input } from "./hooks.ts";
import type { Launch, LaunchRequest } from "./launch.ts";

/** One screen of a dialog, and what is pressed there. */
export interface DialogStep {
  /** What has to stand on the screen, whatever its lines; else it is another dialog. */
  readonly shows: readonly string[];
  readonly keys: string;
  /** Pasted after the keys, with Enter. */
  readonly text?: string;
}

/** How a program behaves in a terminal of its own. All of it is pure. */
export interface TerminalProfile {
  /** The first prompt goes by argv; nothing is on standard input but keys. */
  launch(request: LaunchRequest): Launch;
  /** Whether its user has told it before that it may work in a checkout; else it asks first. */
  trusts(login: Login, checkout: string): boolean;
  /** Whether it works in the session of the request; else it names its own. */
  readonly takesSession: boolean;
  /** What is typed to let it end by itself; undefined: it is ended by signals. */
  readonly quit: string | undefined;
  /** The key that puts a person's draft aside until what is typed next is sent. */
  readonly stash: string | undefined;
  /** Whether it tells of its work (status, hooks), and moves its screen meanwhile. */
  readonly tells: boolean;
  /**
   * What its screen waits for before it reports anything of itself (a question at its first start),
   * in words for the person who has to answer it; undefined: nothing that is known.
   */
  readScreen(screen: string): string | undefined;
  /** The tool whose dialog no hook but the one before a tool tells of; undefined: none. */
  readonly questionTool: string | undefined;
  /** What it asks with a tool that it calls with this. */
  asks(input: Input): Pick<AgentAsk, "what" | "detail" | "options" | "questions">;
  /** The line by which the hook that waits with a dialog answers it; undefined: none does. */
  reply(input: Input, answer: Answer): string | undefined;
  /** The keys that answer its dialog; undefined: only a person at it can. */
  steps(input: Input, answer: Answer): readonly DialogStep[] | undefined;
  /** How a turn ended that it reports as an error; its screen may say what its message does not. */
  readError(message: string, screen: string): TurnOutcome;
  /** The session it named when it ended, in what it printed last; null: none. */
  sessionIn(lastWords: string): string | null;
}

/** Of a program nothing is known of but how to start it. */
export const plainProfile = (launch: TerminalProfile["launch"]): TerminalProfile => ({
  launch,
  trusts: () => true,
  takesSession: false,
  quit: undefined,
  stash: undefined,
  tells: false,
  readScreen: () => undefined,
  questionTool: undefined,
  asks: (input) => ({ what: "permission", detail: askDetailOf(input), options: [] }),
  reply: () => undefined,
  steps: () => undefined,
  readError: (why) => ({ kind: "failed", why }),
  sessionIn: () => null,
});
