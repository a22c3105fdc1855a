import { parseTrackName, type TrackName } from "../ground/ids.ts";
import { renameTrack } from "../rescue/rename.ts";
import type { RestoreReport } from "../rescue/restore.ts";
import type { Caller } from "./caller.ts";
import { requireTrackCalled } from "./own-track.ts";
import type { Project } from "./project.ts";

/** Gives the track that goes by a name another name. Runs the teardown of the configuration. */
export async function renameNamed(
  { ground, config }: Project,
  { track: called, name }: { readonly track: string; readonly name: string },
  caller: Caller,
): Promise<{ readonly former: TrackName; readonly report: RestoreReport }> {
  const track = await requireTrackCalled(ground, called);
  const onProgress = (line: string): void => caller.note(line);
  const report = await renameTrack(ground, config, track, parseTrackName(name), onProgress);
  return { former: track.name, report };
}
