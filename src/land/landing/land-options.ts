import type { TrackName } from "../../ground/ids.ts";
import type { Strategy } from "./landing.ts";
import type { LandProgress } from "./site.ts";

/** How a track is to land. */
export interface LandOptions {
  /** A person has looked at changes of guarded paths and lets them in. */
  readonly acceptGate?: boolean;
  /** Land untested. */
  readonly noGate?: boolean;
  /** A forge has merged it: only its ticks are left to land. */
  readonly merged?: boolean;
  /** A track that holds merges is squashed when it would be rebased. */
  readonly strategy?: Strategy;
  readonly onProgress?: (progress: LandProgress) => void;
  /** Ends the gate and takes the landing back; once the checkouts are being moved, it goes through. */
  readonly signal?: AbortSignal;
}

/** How tracks that come to the queue are to land. */
export interface QueueOptions extends Omit<LandOptions, "onProgress"> {
  /** What is heard of a gate or a landing, with all tracks that are in it. */
  readonly onProgress?: (tracks: readonly TrackName[], progress: LandProgress) => void;
}
