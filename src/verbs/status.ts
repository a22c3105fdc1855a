import type { Ground } from "../ground/ground.ts";
import { allTracks } from "../track/track-store.ts";
import { requireTrackNamed } from "./own-track.ts";
import { type SurveyedTrack, surveyTrack, surveyTracks } from "./survey.ts";

/** Looks at the named track, or at every track; with `why` and no track at all a name is required. */
export async function surveyNamed(
  ground: Ground,
  name: string | undefined,
  why: boolean,
): Promise<readonly SurveyedTrack[]> {
  const alone = name !== undefined || (why && allTracks(ground.store).length === 0);
  if (alone) return [await surveyTrack(ground, await requireTrackNamed(ground, name))];
  return await surveyTracks(ground);
}
