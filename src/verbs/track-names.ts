import { systemClock } from "../ground/clock.ts";
import { PleachError } from "../ground/errors.ts";
import { openRepo } from "../ground/git/repo.ts";
import type { Invocation } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import { openStoreIfThere } from "../ground/store/store.ts";
import { allTracks } from "../track/track-store.ts";

/** Lists the names of tracks for a shell's completion: quick, and empty where they cannot be read. */
export async function trackNames({ folder, env }: Invocation): Promise<readonly TrackName[]> {
  try {
    const { repo } = await openRepo(folder, env);
    const store = openStoreIfThere(repo.stateDir, systemClock);
    return store === undefined ? [] : allTracks(store).map(({ name }) => name);
  } catch (error) {
    // An error in the middle of a command line cannot be read: the completion has no names then.
    if (error instanceof PleachError) return [];
    throw error;
  }
}
