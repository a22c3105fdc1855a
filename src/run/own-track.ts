import { ExitCode, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import { isTrackName, parseTrackName } from "../ground/ids.ts";
import { trackMark } from "../grow/environment.ts";
import type { Track } from "../grow/track.ts";
import { allTracks, findTrack, requireTrack } from "../grow/track-store.ts";

/** The track a command means: the one named, else the one whose worktree it runs in. */
export function requireTrackNamed(ground: Ground, name: string | undefined): Track {
  if (name !== undefined) return requireTrack(ground.store, parseTrackName(name));
  const own = findOwnTrack(ground);
  if (own !== undefined) return own;
  throw new PleachError({
    code: "track/unnamed",
    message: `${ground.repo.top} is not the worktree of a track, and no track was named`,
    hint: "name one (pleach ls lists them), or run it inside a track's worktree",
    exitCode: ExitCode.usage,
  });
}

/** A worker's command knows its own track: from its environment, else from its directory. */
export function findOwnTrack(ground: Ground): Track | undefined {
  const told = ground.env[trackMark];
  const named = told !== undefined && isTrackName(told) ? findTrack(ground.store, told) : undefined;
  return named ?? allTracks(ground.store).find((track) => track.worktree === ground.repo.top);
}
