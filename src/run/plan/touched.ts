import type { Config } from "../../ground/config/config.ts";
import type { Ground } from "../../ground/ground.ts";
import { isHeldAlive } from "../../ground/store/lease.ts";
import { keepScan, withoutRivals } from "../../radar/foreign.ts";
import { scanOnce } from "../../radar/open.ts";
import { allSubjects, trackSubjects } from "../../radar/subjects.ts";
import { type Touch, touchesIn, touchesOf } from "../../radar/touch-store.ts";
import { allTracks } from "../../track/track-store.ts";
import { pathInside } from "./path-inside.ts";

/** A path with the lines of work that changed it, as `radar PATH --json` prints it. */
export interface TouchedPath {
  /** Relative to the top of the repository, which is the empty path. */
  readonly path: string;
  readonly touched: readonly Touch[];
}

/**
 * Finds the lines of work that touched some paths. While a run keeps looking, the store answers
 * alone; else the tracks are looked at once.
 * @param paths as a person writes them, from the folder where the command runs
 * @param all every worktree and local branch is looked at, not only tracks
 * @throws PleachError `path/outside` for a path that is not in the repository (usage)
 */
export async function whoTouched(
  ground: Ground,
  config: Config,
  { paths, all }: { readonly paths: readonly string[]; readonly all: boolean },
): Promise<readonly TouchedPath[]> {
  const named = paths.map((path) => pathInside(ground, path));
  const tracks = allTracks(ground.store);
  if (all) {
    const subjects = await allSubjects(ground.git, config.target, tracks);
    const scan = await scanOnce(ground, config, subjects);
    return named.map((path) => ({ path, touched: touchesIn(scan, path) }));
  }
  if (!(await isFollowed(ground))) {
    const scan = await scanOnce(ground, config, trackSubjects(tracks));
    await keepScan(ground, withoutRivals(scan, tracks), tracks);
  }
  return named.map((path) => ({ path, touched: touchesOf(ground.store, path) }));
}

/** Whether a run follows the tracks: it looks again and again where there are two or more. */
async function isFollowed({ store }: Ground): Promise<boolean> {
  if (!(await isHeldAlive(store, "run"))) return false;
  return trackSubjects(allTracks(store)).length > 1;
}
