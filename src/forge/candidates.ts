import type { Config } from "../ground/config/config.ts";
import { branchRef, isAncestor, requireCommit } from "../ground/git/refs.ts";
import type { Ground } from "../ground/ground.ts";
import type { Sha, TrackName } from "../ground/ids.ts";
import { requireTrack } from "../track/track-store.ts";
import { type RequestCandidate, requestsInOrder } from "./request.ts";

/** Reads the tracks as candidates; the commits, not names, tell which track stands on which. */
export async function candidatesOf(
  ground: Ground,
  config: Config,
  names: readonly TrackName[],
): Promise<readonly RequestCandidate[]> {
  const tracks = names.map((name) => requireTrack(ground.store, name));
  const target = await requireCommit(ground.git, branchRef(config.target));
  const tips = await Promise.all(
    tracks.map(async ({ branch }) => await requireCommit(ground.git, branchRef(branch))),
  );
  const under = async (lower: number, upper: number): Promise<boolean> => {
    const [low, up] = [tips[lower], tips[upper]];
    if (low === undefined || up === undefined || low === up) return false;
    if (!(await isAncestor(ground.git, low, up))) return false;
    return !(await isAncestor(ground.git, low, target));
  };
  const found = await Promise.all(
    tracks.map(async (track, at) => {
      const below: number[] = [];
      for (const other of tracks.keys()) if (await under(other, at)) below.push(other);
      return { track, at, below };
    }),
  );
  const depth = new Map(found.map(({ at, below }) => [at, below.length]));
  return requestsInOrder(
    found.map(({ track, at, below }) => ({
      track: track.name,
      branch: track.branch,
      tip: tips[at] as Sha,
      since: track.since,
      below: below
        .toSorted((a, b) => (depth.get(a) ?? 0) - (depth.get(b) ?? 0))
        .flatMap((index) => tracks[index]?.name ?? []),
    })),
  );
}
