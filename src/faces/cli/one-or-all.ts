import { ExitCode, PleachError } from "../../ground/errors.ts";
import type { Ground } from "../../ground/ground.ts";
import type { Track } from "../../track/track.ts";
import { allTracks } from "../../track/track-store.ts";
import { requireTrackNamed } from "../../verbs/own-track.ts";
import { flag, optional } from "./verb.ts";

/** The argument and the option of verbs that end workers or let them go on. */
export const trackArgument = optional("track", "the track whose worker is meant");
export const allFlag = flag("--all", "the workers of all tracks");

/**
 * The track that is named, or with `--all` those that `applies` to. It is never guessed from the
 * folder.
 * @throws PleachError `track/unnamed` (usage)
 */
export async function oneOrAll(
  ground: Ground,
  given: { readonly track: string | undefined; readonly all: boolean; readonly verb: string },
  applies: (track: Track) => boolean,
): Promise<readonly Track[]> {
  if (given.all) return allTracks(ground.store).filter(applies);
  if (given.track !== undefined) return [await requireTrackNamed(ground, given.track)];
  throw new PleachError({
    code: "track/unnamed",
    message: "no track was named",
    hint: `pleach ${given.verb} TRACK, or pleach ${given.verb} --all`,
    exitCode: ExitCode.usage,
  });
}
