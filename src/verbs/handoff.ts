import { ExitCode, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import { readHandoff, writeHandoff } from "../grow/prompt/prompt-files.ts";
import { requireTrackNamed } from "./own-track.ts";

/** Writes the handoff of a track; @returns the file it stands in */
export async function setHandoff(
  ground: Ground,
  { track, text }: { readonly track: string | undefined; readonly text: string },
): Promise<string> {
  return writeHandoff(await requireTrackNamed(ground, track), text);
}

/** Reads the handoff of a track; null when there is none. */
export async function findHandoff(
  ground: Ground,
  { track: named }: { readonly track: string | undefined },
): Promise<{ readonly track: TrackName; readonly handoff: string | null }> {
  const track = await requireTrackNamed(ground, named);
  return { track: track.name, handoff: readHandoff(track) ?? null };
}

/** The refusal of a handoff that does not exist. */
export const noHandoff = (track: TrackName): PleachError =>
  new PleachError({
    code: "handoff/none",
    message: `there is no handoff for track ${track}`,
    hint: `write one: pleach handoff ${track} -m "…"`,
    exitCode: ExitCode.failed,
  });
