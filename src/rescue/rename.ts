import type { Config } from "../ground/config/config.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import { isLive, type Track } from "../track/track.ts";
import { findTrack } from "../track/track-store.ts";
import { isOver } from "../worker/worker.ts";
import { latestWorker } from "../worker/worker-store.ts";
import { dropTrack } from "./drop.ts";
import { type RestoreReport, restore } from "./restore.ts";

/**
 * Gives a track another name, by putting it away and bringing it back: each of the two can be
 * broken off and taken up again, and keeps everything that the track holds.
 * @throws PleachError `rename/working`, `rename/over`, `rename/taken`; then nothing has changed
 */
export async function renameTrack(
  ground: Ground,
  config: Config,
  track: Track,
  name: TrackName,
  onProgress: (line: string) => void,
): Promise<RestoreReport> {
  requireRenamable(ground, track, name);
  const dropped = await dropTrack(ground, config, track.name, { onProgress });
  const from = dropped.restore.replace(/^pleach restore /, "");
  return await restore(ground, config, from, { as: name, onProgress });
}

function requireRenamable({ store }: Ground, track: Track, name: TrackName): void {
  const other = findTrack(store, name);
  const worker = latestWorker(store, track.name);
  if (!isLive(track)) {
    throw refused("over", {
      message: `track ${track.name} is ${track.at.state}, and has nothing to be renamed`,
      hint: "pleach ls --all lists the tracks",
    });
  }
  if (other !== undefined && isLive(other)) {
    throw refused("taken", {
      message: `there is a track ${name} already, and it is ${other.at.state}`,
      hint: `choose another name, or drop that one first: pleach drop ${name}`,
    });
  }
  if (worker !== undefined && !isOver(worker)) {
    throw refused("working", {
      message: `track ${track.name} has a worker that is at work`,
      hint: `pleach stop ${track.name} ends it; then: pleach rename ${track.name} ${name}`,
    });
  }
}

function refused(
  why: "over" | "taken" | "working",
  words: { readonly message: string; readonly hint: string },
): PleachError {
  return new PleachError({ code: `rename/${why}`, ...words, exitCode: ExitCode.failed });
}
