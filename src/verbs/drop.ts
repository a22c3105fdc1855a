import { type DropReport, dropTrack } from "../rescue/drop.ts";
import type { Caller } from "./caller.ts";
import { requireTrackCalled } from "./own-track.ts";
import type { Project } from "./project.ts";

/** Discards the track that goes by a name; all it held is kept. Runs the teardown of the configuration. */
export async function dropNamed(
  { ground, config }: Project,
  { track }: { readonly track: string },
  caller: Caller,
): Promise<DropReport> {
  const { name } = await requireTrackCalled(ground, track);
  return await dropTrack(ground, config, name, { onProgress: (line) => caller.note(line) });
}
