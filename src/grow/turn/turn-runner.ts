import type { Turn, TurnEnd } from "./turn.ts";

/**
 * A player of one worker's turns: in a process each, or all in one process that goes on listening.
 */
export interface TurnRunner {
  /** Plays a turn; settles when the turn is over or the agent has ended. */
  play(turn: Turn): Promise<TurnEnd>;
  /** Ends an agent that still listens; @returns how it ended, undefined when no agent listens */
  close(): Promise<TurnEnd | undefined>;
}
