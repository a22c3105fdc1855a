import type { Config } from "../../ground/config/config.ts";
import type { Ground } from "../../ground/ground.ts";
import type { TrackName } from "../../ground/ids.ts";
import type { LandOptions } from "../landing/land-options.ts";
import type { LandReport } from "../landing/landing.ts";
import type { LandProgress } from "../landing/site.ts";
import { MergeQueue } from "./merge-queue.ts";

/**
 * Lands one track: the tree that lands is the tree that was tested, or nothing lands. The outcome
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
