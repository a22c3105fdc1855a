import type { TaskId, TrackName } from "../ground/ids.ts";
import type { Mode } from "../hosts/choice.ts";
import type { HostWish } from "../hosts/host.ts";
import type { Underway } from "./decide.ts";

export interface RunOptions {
  readonly workers: number;
  /** The agent for tasks that name none. */
  readonly agent: string | undefined;
  /** Where workers run; that of the configuration when undefined. */
  readonly host?: HostWish | undefined;
  /** How they run; that of the agent's section when undefined. */
  readonly mode?: Mode | undefined;
  /** The tasks to work on; all when empty. */
  readonly only: readonly TaskId[];
  /** The backlog file, absolute. */
  readonly backlog: string;
  readonly lands: boolean;
  /**
   * Whether a person is there. Without one the run ends when all that is left waits for an answer.
   */
  readonly attended?: boolean;
  readonly noGate: boolean;
  /** Aborted when the user asks to stop: finish the step in hand, start nothing, leave workers. */
  readonly signal: AbortSignal;
  /** Takes a landing's note while it runs; undefined when the landing is over. */
  readonly onLanding: (track: TrackName, note: string | undefined) => void;
}

/** The state one run has in hand; everything that matters is in the store, not here. */
export interface RunState {
  readonly underway: Map<TrackName, Underway>;
  /** Tracks this run failed to act on, each with its reason: left alone until the next run. */
  readonly stuck: Map<TrackName, string>;
  readonly revivals: Map<TrackName, number>;
  readonly landed: Set<TrackName>;
}

/** A task that no track was started for, with the reason. */
export interface Unstarted {
  readonly task: TaskId;
  readonly reason: string;
}
