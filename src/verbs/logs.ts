import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import { trackFiles } from "../track/track-files.ts";
import { requireTrackNamed } from "./own-track.ts";

export interface LogRequest {
  readonly track: string | undefined;
  readonly kind: "output" | "setup" | "transcript";
}

/** Finds the file of a track's log, which may not be there yet. */
export async function logOfTrack(
  ground: Ground,
  { track: named, kind }: LogRequest,
): Promise<{ readonly track: TrackName; readonly file: string }> {
  const { name } = await requireTrackNamed(ground, named);
  const { output, setupLog, transcript } = trackFiles(ground.repo.stateDir, name);
  return { track: name, file: { output, setup: setupLog, transcript }[kind] };
}
