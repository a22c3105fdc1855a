import type { Answer, Utterance } from "../../agents/conversation.ts";
import type { AgentAsk } from "../../agents/event.ts";
import type { RoadName } from "./message-store-port.ts";

/*
 * The way to speak with a running agent, and the things to say. A road has two implementations: a
 * program's structured input, and the terminal it runs in.
 */

/** The fate of an utterance. */
export type DeliveryResult =
  /** The model has it; `evidence` says in words how we know. `road`: set where there are two. */
  | { readonly kind: "taken"; readonly evidence: string; readonly road?: RoadName }
  /** Not said: this is no moment for it (a dialog, a person's draft, a turn that is over). */
  | { readonly kind: "held"; readonly why: string }
  /** Said twice, and nothing shows that it arrived. */
  | { readonly kind: "stuck"; readonly why: string }
  /** The agent ended before anything showed: only its own record of the session can tell. */
  | { readonly kind: "unknown"; readonly why: string };

/** The fate of an answer. */
export type Answered =
  /** The program has the answer and goes on. */
  | { readonly kind: "taken"; readonly evidence: string }
  /** No ask waits for the answer any more: it was answered elsewhere, or the program gave up. */
  | { readonly kind: "moot"; readonly why: string }
  | { readonly kind: "stuck"; readonly why: string };

/**
 * A way to speak to a running agent. Calls may overlap: each utterance arrives whole, in the order
 * of the calls, and none is said twice by one call. Nothing here throws; every wait has a limit.
 */
export interface DeliveryRoad {
  /**
   * Says an utterance into the running turn; settles when its fate is known.
   * @param onWait told why the utterance has to wait, whenever the reason changes
   */
  say(utterance: Utterance, onWait?: (why: string) => void): Promise<DeliveryResult>;
  /** Answers exactly this ask; never the next one. */
  answer(ask: Pick<AgentAsk, "call">, answer: Answer): Promise<Answered>;
  /** Ends the running turn, not the conversation. */
  interrupt(): void;
  /** Lets the program end in its own way; settles when it has ended, or will not. */
  close(): Promise<void>;
}
