import { realpathSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { Config } from "../ground/config/config.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import { liveness } from "../ground/proc/identity.ts";
import { findStats } from "../ground/stats.ts";
import { heldLeases } from "../ground/store/lease.ts";
import { allTracks } from "../grow/track-store.ts";
import { keepScan, withoutRivals } from "../radar/foreign.ts";
import { openRadar } from "../radar/open.ts";
import { trackSubjects } from "../radar/subjects.ts";
import { type Touch, touchesOf } from "../radar/touch-store.ts";

/** Who has changed one path, as `radar PATH --json` prints it. */
export interface Touched {
  /** Relative to the top of the repository. */
  readonly path: string;
  readonly touched: readonly Touch[];
}

/**
 * Who has touched some paths. While a run keeps looking, the store answers alone; else the tracks
 * are looked at once.
 * @param paths as a person writes them, from the folder where the command runs
 * @throws PleachError `radar/outside` for a path that is not in the repository (usage)
 */
export async function whoTouched(
  ground: Ground,
  config: Config,
  paths: readonly string[],
): Promise<readonly Touched[]> {
  const named = paths.map((path) => pathInside(ground, path));
  if (!(await isFollowed(ground))) await lookNow(ground, config);
  return named.map((path) => ({ path, touched: touchesOf(ground.store, path) }));
}

/** A run looks at its tracks again and again where there are two or more. */
async function isFollowed({ store }: Ground): Promise<boolean> {
  const run = heldLeases(store).find(({ name }) => name === "run");
  if (run === undefined || (await liveness(run.owner)) !== "alive") return false;
  return trackSubjects(allTracks(store)).length > 1;
}

async function lookNow(ground: Ground, config: Config): Promise<void> {
  const tracks = allTracks(ground.store);
  const radar = openRadar(ground, config);
  try {
    const scan = withoutRivals(await radar.scan(trackSubjects(tracks)), tracks);
    await keepScan(ground, scan, tracks);
  } finally {
    radar.close();
  }
}

function pathInside({ invocation, repo }: Ground, path: string): string {
  const found = relative(repo.top, realOf(resolve(invocation.folder, path)));
  if (found !== "" && found !== ".." && !found.startsWith("../")) return found;
  throw new PleachError({
    code: "radar/outside",
    message: `${path} is not a path inside ${repo.top}`,
    hint: "name a file or a folder of the repository, as seen from here",
    exitCode: ExitCode.usage,
  });
}

/** Its folder may be reached through a link; the path itself may not be there at all. */
function realOf(path: string): string {
  const folder = dirname(path);
  if (folder === path) return path;
  const real = findStats(folder) === undefined ? realOf(folder) : realpathSync(folder);
  return join(real, relative(folder, path));
}
