import type { TrackName } from "../ground/ids.ts";
import { type Reported, report } from "../grow/report.ts";
import { requireTrackNamed } from "./own-track.ts";
import type { Project } from "./project.ts";

/** Takes a report about a track, said by its worker or by a person; a claim that is checked. */
export async function reportOnTrack(
  { ground, config }: Project,
  {
    track: named,
    ...said
  }: {
    /** The track; undefined: the one whose worktree the report is said in. */
    readonly track: string | undefined;
    readonly kind: "done" | "blocked";
    readonly text: string;
  },
): Promise<{ readonly track: TrackName; readonly reported: Reported }> {
  const track = await requireTrackNamed(ground, named);
  const reported = await report(ground, config, { track: track.name, ...said });
  return { track: track.name, reported };
}
