import type { TrackName } from "../../../src/ground/ids.ts";
import type { World } from "./queue-worlds.ts";

/*
 * A drawn world as files of a real repository: each track adds a file of its own, and changes lines
 * of files that it shares.
 */

type Files = Readonly<Record<string, string>>;

/** The number of lines of a shared file: each track has three of its own. */
const lines = 64;

const isShared = (path: string): boolean => path.startsWith("shared/");

function shared(changed: ReadonlyMap<number, string> = new Map()): string {
  return Array.from({ length: lines }, (_, at) => `${changed.get(at) ?? `line ${at}`}\n`).join("");
}

/** Lists the files that are there in the beginning. */
export function firstFiles({ tracks }: World): Files {
  const paths = new Set(tracks.flatMap(({ reach }) => [...reach.claims]));
  return Object.fromEntries([...paths].filter(isShared).map((path) => [path, shared()]));
}

/** Lists the files that the track at this place adds or changes. */
export function filesOf(world: World, at: number): Files {
  const { track, reach } = world.tracks[at] ?? {};
  const paths = [...(reach?.claims ?? [])];
  return Object.fromEntries(
    paths.map((path) => [path, isShared(path) ? sharedFile(world, path, at) : `${track}\n`]),
  );
}

/**
 * Writes a shared file: two tracks that conflict change the same line, two that do not, lines far
 * apart.
 */
function sharedFile(world: World, path: string, at: number): string {
  const changed = new Map<number, string>();
  changed.set(at * 3, `by ${world.names[at]}`);
  world.names.forEach((other, index) => {
    const name = world.names[at];
    const meets = world.tracks[index]?.reach.claims.has(path) === true;
    if (index === at || name === undefined || !meets || world.fits(name, [other])) return;
    changed.set(Math.min(at, index) * 3 + 1, `by ${name} against ${other}`);
  });
  return shared(changed);
}

/**
 * Lists shell conditions, each true where the gate has to be red: tracks are told by the files they
 * add.
 */
export function redWhere(world: World): readonly string[] {
  const has = (name: TrackName): string => `[ -e own/${name} ]`;
  const pairs = world.names.flatMap((name, at) =>
    world.names
      .slice(0, at)
      .filter((other) => isRedTogether(world, name, other))
      .map((other) => `${has(name)} && ${has(other)}`),
  );
  return [...[...world.red].map(has), ...pairs];
}

function isRedTogether(world: World, name: TrackName, other: TrackName): boolean {
  if (world.red.has(name) || world.red.has(other)) return false;
  return !world.isGreen([other, name]) && world.isGreen([other]) && world.isGreen([name]);
}
