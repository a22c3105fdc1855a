import type { Login } from "./account.ts";
import type { Answer } from "./conversation.ts";
import type { AgentAsk, TurnOutcome } from "./event.ts";
import { askDetailOf, type Input } from "./hooks.ts";
import type { Launch, LaunchRequest } from "./launch.ts";

/** A screen of a dialog, and the keys to press there. */
export interface DialogStep {
  /**
   * The texts that have to stand on the screen, however its lines break; else it is another dialog.
   */
  readonly shows: readonly string[];
  readonly keys: string;
  /** The text pasted after the keys, with Enter. */
  readonly text?: string;
}

/** The behaviour of a program in a terminal of its own. All of it is pure. */
export interface TerminalProfile {
  /** Returns the launch. The first prompt goes by argv; standard input carries only keys. */
  launch(request: LaunchRequest): Launch;
  /** Whether its user has told it before that it may work in a checkout; else it asks first. */
  trusts(login: Login, checkout: string): boolean;
  /** Whether it works in the session of the request; else it names its own. */
  readonly takesSession: boolean;
  /** The text typed to let it end by itself; undefined: it is ended by signals. */
  readonly quit: string | undefined;
  /** The key that puts a person's draft aside until the next typed text is sent. */
  readonly stash: string | undefined;
  /** Whether it tells of its work (status, hooks), and moves its screen meanwhile. */
  readonly tells: boolean;
  /**
   * Names the question on its screen before it reports anything of itself (at its first start), in
   * words for the person who has to answer it; undefined: no known question.
   */
  readScreen(screen: string): string | undefined;
  /** The tool whose dialog only the hook before a tool tells of; undefined: none. */
  readonly questionTool: string | undefined;
  /** Reads the ask of a tool call with this input. */
  asks(input: Input): Pick<AgentAsk, "what" | "detail" | "options" | "questions">;
  /**
   * Returns the line by which the hook that waits with a dialog answers it; undefined: no hook can.
   */
  reply(input: Input, answer: Answer): string | undefined;
  /** Returns the keys that answer its dialog; undefined: only a person at the terminal can. */
  steps(input: Input, answer: Answer): readonly DialogStep[] | undefined;
  /**
   * Reads how a turn ended that it reports as an error; its screen may say what its message does
   * not.
   */
  readError(message: string, screen: string): TurnOutcome;
  /** Finds the session it named when it ended, in its last output; null: none. */
  sessionIn(lastWords: string): string | null;
}

/** Makes the profile of a program of which only its launch is known. */
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
