import type { Answer, Utterance } from "../../agents/conversation.ts";
import type { AgentAsk } from "../../agents/event.ts";
import type { RoadName } from "./message-store-port.ts";

/*
 * How one speaks with an agent that is running, and who has something to say. Two implementations of
 * a road: a program's structured input, and the terminal it sits in.
 */

/** What became of something said. */
export type DeliveryResult =
  /** It has come before the model; `evidence` is what tells us, in words. `road`: where there are two. */
  | { readonly kind: "taken"; readonly evidence: string; readonly road?: RoadName }
  /** Not said: this is no moment for it (a dialog, a person's draft, a turn that is over). */
  | { readonly kind: "held"; readonly why: string }
  /** Said twice, and nothing shows that it arrived. */
  | { readonly kind: "stuck"; readonly why: string }
  /** The agent ended before anything showed: only its own record of the session can tell. */
  | { readonly kind: "unknown"; readonly why: string };

/** What became of an answer. */
export type Answered =
  /** The program has it and goes on. */
  | { readonly kind: "taken"; readonly evidence: string }
  /** Nothing waits for it any more: it was answered elsewhere, or the program gave up. */
  | { readonly kind: "moot"; readonly why: string }
  | { readonly kind: "stuck"; readonly why: string };

/**
 * A running agent's hooks. Calls may overlap: each thing said arrives whole, in the order of the
 * calls, and none is said twice by one call. Nothing here throws; every wait has a limit.
 */
export interface DeliveryRoad {
  /**
   * Says something into the turn that runs. Comes back when its fate is known.
   * @param onWait told why it has to wait, whenever that changes
   */
  say(utterance: Utterance, onWait?: (why: string) => void): Promise<DeliveryResult>;
  /** Answers exactly that ask; never the one that comes after it. */
  answer(ask: Pick<AgentAsk, "call">, answer: Answer): Promise<Answered>;
  /** Ends the turn that runs, not the conversation. */
  interrupt(): void;
  /** Lets the program end by itself, in its own way; comes back when it has, or will not. */
  close(): Promise<void>;
}
