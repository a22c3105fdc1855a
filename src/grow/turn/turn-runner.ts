import type { Turn, TurnEnd } from "./turn.ts";

/** Plays the turns of one worker: in a process each, or all in one that goes on listening. */
export interface TurnRunner {
  /** Comes back when the turn is over, or the agent has ended. */
  play(turn: Turn): Promise<TurnEnd>;
  /** Ends an agent that still listens; @returns how, undefined when none does */
  close(): Promise<TurnEnd | undefined>;
}
