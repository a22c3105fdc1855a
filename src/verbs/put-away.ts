import { existsSync } from "node:fs";
import type { Config } from "../ground/config/config.ts";
import { PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import { findLate } from "../land/landing/late.ts";
import { retire } from "../rescue/retire.ts";
import { findTrack } from "../track/track-store.ts";

/**
 * Puts away what a landing by hand has left of these tracks, as a run does: the worktree, the branch
 * and the windows of their workers. What has to stay keeps nothing from having landed.
 * @returns a line for each whose worktree stays, or was put away with something to be told
 */
export async function putAway(
  ground: Ground,
  config: Config,
  names: readonly TrackName[],
  onProgress: (line: string) => void,
): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const name of names) {
    const track = findTrack(ground.store, name);
    if (track?.at.state !== "landed" || !existsSync(track.worktree)) continue;
    try {
      const retired = await retire(ground, config, name, { findLate, onProgress });
      notes.push(...retired.notes.map((note) => `${name}: ${note}`));
    } catch (error) {
      if (!(error instanceof PleachError)) throw error;
      // A run that goes on has put it away, or is about to.
      if (error.code === "drop/busy" || !existsSync(track.worktree)) continue;
      notes.push(
        `${name} has landed, and its worktree stays: ${error.message}; later: pleach clean`,
      );
    }
  }
  return notes;
}
