import { namesMatch, type Pattern } from "./glob.ts";

/** The paths of a tree, arranged so that a glob reads only the part it can match. */
export interface PathIndex {
  /** The paths, sorted by code unit; the numbers below are positions in this list. */
  readonly paths: readonly string[];
  readonly has: (path: string) => boolean;
  readonly hasDirectory: (path: string) => boolean;
  /** Returns the paths whose last segment is this name. */
  readonly named: (basename: string) => readonly number[];
  readonly expand: (pattern: Pattern) => readonly number[];
}

export function indexPaths(all: Iterable<string>): PathIndex {
  const paths = [...new Set(all)].sort();
  const positions = new Map(paths.map((path, at) => [path, at]));
  const byName = new Map<string, number[]>();
  const directories = new Set<string>();
  for (const [at, path] of paths.entries()) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const same = byName.get(name);
    if (same) same.push(at);
    else byName.set(name, [at]);
    for (let cut = path.lastIndexOf("/"); cut > 0; cut = path.lastIndexOf("/", cut - 1)) {
      const directory = path.slice(0, cut);
      if (directories.has(directory)) break;
      directories.add(directory);
    }
  }
  // Split once, when first looked at: globs of the same directory look at the same paths.
  const split: string[][] = [];
  const named = (basename: string): readonly number[] => byName.get(basename) ?? [];
  const expand = (pattern: Pattern): readonly number[] => {
    if (pattern.literal !== undefined) {
      const at = positions.get(pattern.literal);
      return at === undefined ? [] : [at];
    }
    const candidates =
      pattern.basename === undefined ? rangeOf(paths, pattern.prefix) : named(pattern.basename);
    return candidates.filter((at) => {
      split[at] ??= (paths[at] ?? "").split("/");
      return namesMatch(pattern, split[at]);
    });
  };
  return {
    paths,
    has: (path) => positions.has(path),
    hasDirectory: (path) => directories.has(path),
    named,
    expand,
  };
}

function rangeOf(paths: readonly string[], prefix: string): readonly number[] {
  const from = firstAtLeast(paths, prefix);
  let to = from;
  while (paths[to]?.startsWith(prefix)) to++;
  return Array.from({ length: to - from }, (_, step) => from + step);
}

function firstAtLeast(paths: readonly string[], value: string): number {
  let low = 0;
  let high = paths.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((paths[middle] ?? "") < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
