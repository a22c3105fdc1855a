import type { TrackName } from "../../ground/ids.ts";
import type { Strategy } from "./landing.ts";
import type { LandProgress } from "./site.ts";

/** How a track is to land. */
export interface LandOptions {
  /** Whether a person has looked at changes of guarded paths and lets them in. */
  readonly acceptGate?: boolean;
  /** Whether the track lands untested. */
  readonly noGate?: boolean;
  /** Whether a forge has merged the track: only its ticks are left to land. */
  readonly merged?: boolean;
  /**
   * How the track is put onto the target; a track that holds merges is squashed instead of rebased.
   */
  readonly strategy?: Strategy;
  readonly onProgress?: (progress: LandProgress) => void;
  /**
   * Ends the gate and takes the landing back; once the checkouts are being moved, the landing goes
   * through.
   */
  readonly signal?: AbortSignal;
}

/** How tracks that come to the queue are to land. */
export interface QueueOptions extends Omit<LandOptions, "onProgress"> {
  /** Called with the progress of a gate or a landing, and with all tracks that are in it. */
  readonly onProgress?: (tracks: readonly TrackName[], progress: LandProgress) => void;
}
