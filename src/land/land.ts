import type { Config } from "../ground/config/config.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import type { LandReport, Strategy } from "./landing.ts";
import { MergeQueue } from "./merge-queue.ts";
import type { LandProgress } from "./site.ts";

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

export interface QueueOptions extends Omit<LandOptions, "onProgress"> {
  /** What is heard of a gate or a landing, with all tracks that are in it. */
  readonly onProgress?: (tracks: readonly TrackName[], progress: LandProgress) => void;
}

/**
 * Lands one track: the tree that lands is the tree that was tested, or nothing lands. How it ended
 * is a value; it is recorded, and the track is moved on, before this returns.
 * @throws PleachError `track/none`, and what `recoverLandings` throws
 */
export async function landTrack(
  ground: Ground,
  config: Config,
  name: TrackName,
  { onProgress, ...options }: LandOptions = {},
): Promise<LandReport> {
  const tell = onProgress === undefined ? {} : { onProgress: progressOf(onProgress) };
  return await new MergeQueue(ground, config, { ...options, ...tell }).land(name);
}

const progressOf =
  (tell: NonNullable<LandOptions["onProgress"]>) =>
  (_: readonly TrackName[], progress: LandProgress): void =>
    tell(progress);
