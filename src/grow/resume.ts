import type { Config } from "../ground/config/config.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import { isPaused } from "../track/track.ts";
import { requireTrack } from "../track/track-store.ts";
import type { Launched } from "./launch.ts";
import { restartTrack } from "./restart.ts";

/**
 * Lets a paused track go on: starts a new worker in the same worktree, in the last worker's session
 * if its agent keeps sessions. The session is told to go on; its task is not said again.
 * @throws PleachError `track/not-paused`, and all that `restartTrack` throws
 */
export async function resumeTrack(
  ground: Ground,
  config: Config,
  name: TrackName,
): Promise<Launched> {
  const track = requireTrack(ground.store, name);
  if (isPaused(track)) return await restartTrack(ground, config, name);
  throw new PleachError({
    code: "track/not-paused",
    message: `track ${name} is ${track.at.state}, not paused`,
    hint: track.at.state === "growing" ? "pleach ls shows what grows" : `pleach start ${name}`,
    exitCode: ExitCode.failed,
  });
}
