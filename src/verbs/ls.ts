import type { EpochMs } from "../ground/clock.ts";
import { isLive } from "../track/track.ts";
import type { TrackStanding } from "../watch/standing.ts";
import { holdsOf } from "./holds.ts";
import type { Project } from "./project.ts";
import { standingOf } from "./standing.ts";
import { type SurveyedTrack, surveyTracks } from "./survey.ts";

/** The tracks as they stand at one moment, and the accounts that are held. */
export interface Listing {
  readonly tracks: readonly SurveyedTrack[];
  readonly rows: readonly TrackStanding[];
  readonly holds: ReturnType<typeof holdsOf>;
  readonly now: EpochMs;
}

/** Lists the live tracks, or with `all` every track there is a record of. */
export async function listTracks(
  { ground }: Pick<Project, "ground">,
  { all }: { readonly all: boolean },
): Promise<Listing> {
  const tracks = (await surveyTracks(ground)).filter(({ track }) => all || isLive(track));
  const now = ground.clock.now();
  return { tracks, rows: tracks.map((one) => standingOf(one, now)), holds: holdsOf(ground), now };
}
