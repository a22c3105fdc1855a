/**
 * The sharing of paths. The answer is kept as *resources*, each a set of tasks of which no two may
 * run at once (files that the same globs cover count as one resource), never as pairs: ten thousand
 * tasks on a single hot file are one resource, not fifty million pairs.
 */
import { braceFree } from "../predict/paths/braces.ts";
import {
  type Glob,
  matches,
  type Pattern,
  parsePattern,
  sharedPath,
} from "../predict/paths/glob.ts";
import { indexPaths, type PathIndex } from "../predict/paths/path-index.ts";
import { areAllSoft } from "./footprint.ts";

export interface Resource {
  /** The paths it stands for, or the glob when its holders share it whole. */
  readonly paths: readonly string[];
  readonly soft: boolean;
}

export interface Shared {
  readonly hard: readonly string[];
  readonly soft: readonly string[];
}

export interface FootprintOverlap {
  readonly resources: readonly Resource[];
  /**
   * Per holder (by position), lists of hard resources; a resource may be in several of its lists.
   */
  readonly locks: readonly (readonly (readonly number[])[])[];
  /** Returns the holders of each resource, in order of position. */
  readonly holdersOf: (resource: number) => readonly number[];
  readonly shared: (a: number, b: number) => Shared;
}

/** A brace-free glob and its holders. */
interface Key {
  readonly pattern: Pattern;
  readonly holders: number[];
  readonly resources: number[];
  readonly soft: boolean;
}

/**
 * The number of comparisons beyond which globs of a common beginning are assumed to touch each
 * other.
 */
const mostComparisons = 100_000;

/**
 * Finds what the holders share.
 * @param footprints the globs of each holder; `tracked` the paths there are now
 */
export function findOverlap(
  footprints: readonly (readonly string[])[],
  tracked: PathIndex,
  soft: readonly Glob[],
): FootprintOverlap {
  const { keys, keysOf } = keysOfAll(footprints, soft);
  const resources = resourcesOf(keys, universe(tracked, keys), soft);
  const all = keysOf.map((own) => own.map((key) => keys[key]?.resources ?? []));
  const isHard = (resource: number) => resources[resource]?.soft === false;
  const hardOf = keys.map((key) => key.resources.filter(isHard));
  const pathsOf = (resource: number) => resources[resource]?.paths ?? [];
  return {
    resources,
    locks: keysOf.map((own) => own.map((key) => hardOf[key] ?? []).filter((x) => x.length > 0)),
    holdersOf: (resource) => resources[resource]?.holders() ?? [],
    shared: (a, b) => {
      const mine = new Set(all[a]?.flat());
      const common = [...new Set(all[b]?.flat())].filter((resource) => mine.has(resource));
      const names = (hard: boolean) => [
        ...new Set(common.filter((resource) => isHard(resource) === hard).flatMap(pathsOf)),
      ];
      return { hard: names(true).sort(), soft: names(false).sort() };
    },
  };
}

function keysOfAll(footprints: readonly (readonly string[])[], soft: readonly Glob[]) {
  const keys: Key[] = [];
  const known = new Map<string, number>();
  const keyOf = (text: string): number => {
    const at = known.get(text) ?? keys.length;
    if (at === keys.length) {
      const pattern = parsePattern(text);
      known.set(text, at);
      keys.push({ pattern, holders: [], resources: [], soft: areAllSoft([pattern], soft) });
    }
    return at;
  };
  const keysOf = footprints.map((globs, holder) => {
    const own = new Set(globs.flatMap((glob) => braceFree(glob).map(keyOf)));
    for (const key of own) keys[key]?.holders.push(holder);
    return [...own];
  });
  return { keys, keysOf };
}

interface Universe {
  readonly pathOf: (file: number) => string;
  readonly expand: (pattern: Pattern) => readonly number[];
}

/**
 * Joins the existing paths with the announced ones: a new file named by one task meets the globs of
 * the others.
 */
function universe(tracked: PathIndex, keys: readonly Key[]): Universe {
  const fresh = indexPaths(
    keys.flatMap(({ pattern: { literal } }) =>
      literal !== undefined && !tracked.has(literal) ? [literal] : [],
    ),
  );
  const first = tracked.paths.length;
  return {
    pathOf: (file) => tracked.paths[file] ?? fresh.paths[file - first] ?? "",
    expand: (pattern) => {
      const files = tracked.expand(pattern);
      const added = fresh.expand(pattern);
      return added.length === 0 ? files : [...files, ...added.map((file) => file + first)];
    },
  };
}

interface Built extends Resource {
  readonly paths: string[];
  readonly holders: () => readonly number[];
}

function resourcesOf(keys: readonly Key[], paths: Universe, soft: readonly Glob[]): Built[] {
  const built: Built[] = [];
  const known = new Map<string, Built>();
  const add = (members: readonly number[], path: string, isSoftPath: boolean): void => {
    const [only = 0, ...others] = members;
    if (others.length === 0 && (keys[only]?.holders.length ?? 0) < 2) return;
    const holders = () =>
      [...new Set(members.flatMap((key) => keys[key]?.holders ?? []))].sort((a, b) => a - b);
    const name = `${isSoftPath} ${members.join(" ")}`;
    const same = known.get(name);
    if (same !== undefined) {
      same.paths.push(path);
      return;
    }
    const resource = { paths: [path], soft: isSoftPath, holders };
    known.set(name, resource);
    for (const key of members) keys[key]?.resources.push(built.length);
    built.push(resource);
  };
  for (const [file, members] of coverage(keys, paths)) {
    const path = paths.pathOf(file);
    add(
      members,
      path,
      soft.some((glob) => matches(glob, path)),
    );
  }
  for (const [at, key] of keys.entries()) {
    const isShared = key.holders.length > 1 && key.pattern.literal === undefined;
    if (isShared && !key.resources.some((resource) => built[resource]?.soft === key.soft)) {
      add([at], key.pattern.text, key.soft);
    }
  }
  for (const { members, path } of meetings(keys, built)) {
    const isSoftMeeting = members.length === 2 && members.some((key) => keys[key]?.soft);
    add(members, path, isSoftMeeting);
  }
  return built;
}

/** Finds, for each file, the keys that cover it. */
function coverage(keys: readonly Key[], paths: Universe): Map<number, number[]> {
  const byFile = new Map<number, number[]>();
  for (const [at, { pattern }] of keys.entries()) {
    for (const file of paths.expand(pattern)) {
      const members = byFile.get(file);
      if (members) members.push(at);
      else byFile.set(file, [at]);
    }
  }
  return byFile;
}

interface Meeting {
  readonly members: readonly number[];
  readonly path: string;
}

/** Finds globs that can only meet in files that do not exist yet. */
function* meetings(keys: readonly Key[], built: readonly Built[]): Generator<Meeting> {
  const wild = [...keys.entries()]
    .filter(([, { pattern }]) => pattern.literal === undefined)
    .sort(([, a], [, b]) => (a.pattern.prefix < b.pattern.prefix ? -1 : 1));
  let comparisons = 0;
  for (let at = 0; at < wild.length; at++) {
    const [first, a] = wild[at] ?? [];
    if (first === undefined || a === undefined) return;
    const hard = new Set(a.resources.filter((resource) => built[resource]?.soft === false));
    const { prefix } = a.pattern;
    let end = at + 1;
    while (wild[end]?.[1].pattern.prefix.startsWith(prefix)) end++;
    comparisons += end - at - 1;
    if (comparisons > mostComparisons) {
      // Prefixes nest, so every pair of this run is in this single set.
      yield { members: wild.slice(at, end).map(([key]) => key), path: `${prefix}**` };
      at = end - 1;
      continue;
    }
    for (const [second, b] of wild.slice(at + 1, end)) {
      if (b.resources.some((resource) => hard.has(resource))) continue;
      const path = sharedPath(a.pattern, b.pattern);
      if (path !== undefined) yield { members: [first, second], path };
    }
  }
}
