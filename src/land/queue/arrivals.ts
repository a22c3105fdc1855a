import type { Config } from "../../ground/config/config.ts";
import type { Ground } from "../../ground/ground.ts";
import type { Sha, TrackName } from "../../ground/ids.ts";
import { findTrack, requireTrack } from "../../track/track-store.ts";
import type { LandReport } from "../landing/landing.ts";
import { candidateOf, type Round, roundOf } from "./candidate.ts";
import { findWaiting } from "./not-begun.ts";
import type { Candidate } from "./queue.ts";

/** The outcome for a track that comes to the queue. */
export type Entrance =
  | { readonly kind: "enters"; readonly candidate: Candidate }
  /** Nothing to try: the obstacle that kept the track from landing is as it was. */
  | { readonly kind: "waits"; readonly report: LandReport }
  | { readonly kind: "fails"; readonly name: TrackName; readonly error: unknown };

/** Looks at tracks that come to the queue, on this tip of the target. */
export async function lookAtArrivals(
  ground: Ground,
  config: Config,
  { target, names }: { readonly target: Sha | undefined; readonly names: readonly TrackName[] },
): Promise<readonly Entrance[]> {
  const tracks = names.flatMap((name) => findTrack(ground.store, name) ?? []);
  const round = await roundOf(ground, config, { target, tracks });
  return await Promise.all(names.map(async (name) => await lookAt(round, name)));
}

async function lookAt(round: Round, name: TrackName): Promise<Entrance> {
  try {
    const track = requireTrack(round.ground.store, name);
    const report = await findWaiting(round.ground, track);
    if (report !== undefined) return { kind: "waits", report };
    return { kind: "enters", candidate: candidateOf(round, track) };
  } catch (error) {
    return { kind: "fails", name, error };
  }
}
