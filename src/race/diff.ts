import { type Change, changesBetween } from "../ground/git/changes.ts";
import { treeOf } from "../ground/git/refs.ts";
import type { Ground } from "../ground/ground.ts";
import { isInside, type Sha, type TrackName } from "../ground/ids.ts";
import { stretchOf } from "../land/weave/stretch.ts";
import { type MergeBench, wholePatchesFrom } from "../radar/merges.ts";
import type { PatchedFile } from "../radar/symbols/patch.ts";
import { allTracks } from "../track/track-store.ts";
import { liveCandidates, type Race } from "./race.ts";
import {
  type FileVersions,
  groupVersions,
  type RaceVersions,
  rowsOf,
  written,
} from "./versions.ts";

/** The most files that are shown unless they were named: more are not read by a person. */
const mostFiles = 200;

/**
 * Reads the commits of a race's candidates, file by file and side by side. Nothing is run.
 * @param paths files and folders below the top of the repository; all when there are none
 */
export async function versionsIn(
  ground: Ground,
  race: Race,
  paths: readonly string[],
): Promise<RaceVersions> {
  const { git, repo } = ground;
  const bench: MergeBench = { git: git.at(repo.mainTop), env: {}, settings: [] };
  const changes = new Map<TrackName, readonly Change[]>();
  const trees = new Map<TrackName, Sha>();
  const tracks = liveCandidates(race, allTracks(ground.store));
  for (const track of tracks) {
    const stretch = await stretchOf(ground, track);
    if (stretch === undefined) continue;
    changes.set(track.name, await changesBetween(bench.git, stretch.from, stretch.to));
    trees.set(track.name, await treeOf(bench.git, stretch.to));
  }
  const isWanted = (path: string): boolean =>
    paths.length === 0 || paths.some((one) => isInside(path, one));
  const wanted = groupVersions(changes).filter(({ path }) => isWanted(path));
  const shown = paths.length === 0 ? wanted.slice(0, mostFiles) : wanted;
  const base = await treeOf(bench.git, race.base);
  return {
    ...{ race: race.name, base: race.base },
    candidates: tracks.map(({ name, agent }) => ({ track: name, agent })),
    files: await inLine(bench, shown, { base, trees }),
    left: wanted.length - shown.length,
  };
}

interface Trees {
  readonly base: Sha;
  readonly trees: ReadonlyMap<TrackName, Sha>;
}

/**
 * Puts each file's lines beside each other; one process serves all files that have the same first
 * version.
 */
async function inLine(
  bench: MergeBench,
  files: readonly Omit<FileVersions, "rows">[],
  { base, trees }: Trees,
): Promise<readonly FileVersions[]> {
  const found = new Map<string, FileVersions["rows"]>();
  for (const [first, from] of trees) {
    const led = files.filter((file) => written(file)[0]?.tracks[0] === first);
    if (led.length === 0) continue;
    const patches = await wholePatchesFrom(bench, from, {
      trees: [...new Set([base, ...trees.values()])].filter((tree) => tree !== from),
      paths: led.map(({ path }) => path),
    });
    const patchTo = (tree: Sha | undefined, path: string): PatchedFile | undefined =>
      joined((patches.get(tree ?? "") ?? []).filter((one) => (one.after ?? one.before) === path));
    for (const file of led) {
      const others = written(file)
        .slice(1)
        .map(({ tracks: [one] }) => patchTo(one && trees.get(one), file.path));
      const toBase = patchTo(base, file.path);
      const isHidden = [toBase, ...others].some((patch) => patch?.isBinary === true);
      found.set(file.path, isHidden ? null : rowsOf(toBase, others));
    }
  }
  return files.map((file) => ({
    ...file,
    rows: found.has(file.path) ? (found.get(file.path) ?? null) : [],
  }));
}

/**
 * Joins the two parts of one patch that remove and add a file which became a link, or the reverse.
 */
function joined(parts: readonly PatchedFile[]): PatchedFile | undefined {
  const [first] = parts;
  if (first === undefined) return undefined;
  const isBinary = parts.some((part) => part.isBinary);
  return { ...first, isBinary, hunks: parts.flatMap(({ hunks }) => hunks) };
}
