/**
 * The paths that decide which two lines of work can meet at all. Both start from the same tree, and
 * renames count as a removal and an addition. Nothing that `git merge-tree` calls a conflict may be
 * missed:
 * - both change a path, and a rename changes both of its ends;
 * - one has a file where the other has a folder;
 * - one moves a whole folder away, and the other puts something into it (directory renames).
 */
export interface Reach {
  /** The changed paths, and the folders that are gone. */
  readonly claims: ReadonlySet<string>;
  /** The folders around the changed paths. */
  readonly around: ReadonlySet<string>;
}

export function reachOf(changed: Iterable<string>, emptied: Iterable<string>): Reach {
  const claims = new Set(changed);
  const around = new Set<string>();
  for (const path of claims) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const folder = path.slice(0, end);
      if (around.has(folder)) break;
      around.add(folder);
    }
  }
  for (const folder of emptied) claims.add(folder);
  return { claims, around };
}

/**
 * Finds every pair (first < second) that can meet: what one claims, the other claims or reaches
 * into.
 */
export function pairsThatMayMeet(
  reaches: readonly Reach[],
): readonly (readonly [first: number, second: number])[] {
  const claimants = new Map<string, number[]>();
  reaches.forEach(({ claims }, index) => {
    for (const path of claims) {
      const known = claimants.get(path);
      if (known === undefined) claimants.set(path, [index]);
      else known.push(index);
    }
  });
  const met = reaches.map(() => new Set<number>());
  reaches.forEach(({ claims, around }, index) => {
    for (const paths of [claims, around]) {
      for (const path of paths) {
        for (const other of claimants.get(path) ?? []) {
          if (other !== index) met[Math.min(index, other)]?.add(Math.max(index, other));
        }
      }
    }
  });
  return met.flatMap((others, first) =>
    [...others].toSorted((a, b) => a - b).map((second) => [first, second] as const),
  );
}

/**
 * Finds the paths because of which two can meet: claimed by both, or by one inside what the other
 * claims.
 */
export function sharedPaths(a: Reach, b: Reach): readonly string[] {
  const inside = (mine: Reach, other: Reach): readonly string[] =>
    [...mine.claims].filter((path) => {
      for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
        if (other.claims.has(path.slice(0, end))) return true;
      }
      return false;
    });
  return [...new Set([...inside(a, b), ...inside(b, a)])].toSorted();
}
