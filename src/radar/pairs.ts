import { asRepoPath, type Sha } from "../ground/ids.ts";
import { type MergeResult, mergeAll } from "./merges.ts";
import { meetAll, type PathRules, type SettlingBench } from "./met.ts";
import { pairsThatMayMeet, type Reach, sharedPaths } from "./reach.ts";
import type { RebasedMerge } from "./rebases.ts";
import type { Meeting, MetPath } from "./scan.ts";

/** A line of work that can be compared; a line with undefined work is in no pair. */
export interface WorkLine {
  readonly name: string;
  readonly work: RebasedMerge | undefined;
}

type Met = Omit<Meeting, "names">;

/** The merges of lines of work with each other, kept as long as neither of the two moves. */
export class Pairs {
  readonly #rules: PathRules;
  #kept = new Map<string, Met>();

  constructor(rules: PathRules) {
    this.#rules = rules;
  }

  clear(): void {
    this.#kept.clear();
  }

  async meet(bench: SettlingBench, lines: readonly WorkLine[]): Promise<readonly Meeting[]> {
    const pairs = pairsThatMayMeet(
      lines.map(({ work }) => work?.reach ?? { claims: new Set(), around: new Set() }),
    ).flatMap(([first, second]) => {
      const [a, b] = [lines[first], lines[second]];
      if (a?.work === undefined || b?.work === undefined) return [];
      if (a.work.commit === b.work.commit) return [];
      return [{ names: [a.name, b.name] as const, works: [a.work, b.work] as const }];
    });
    const keyOf = ([ours, theirs]: readonly [RebasedMerge, RebasedMerge]): string =>
      `${ours.commit} ${theirs.commit}`;
    const fresh = pairs.filter(({ works }) => !this.#kept.has(keyOf(works)));
    const merges = await mergeAll(
      bench,
      fresh.map(({ works }): readonly [Sha, Sha] => [works[0].commit, works[1].commit]),
    );
    const met = await meetAll(bench, merges, this.#rules);
    const found = new Map(
      fresh.map(({ works }, at) => [
        keyOf(works),
        this.#met(merges[at], met[at]?.paths ?? [], works),
      ]),
    );
    this.#kept = new Map(
      pairs.map(({ works }) => {
        const key = keyOf(works);
        return [key, found.get(key) ?? this.#kept.get(key) ?? { paths: [] }];
      }),
    );
    return pairs.flatMap((pair) => {
      const one = this.#kept.get(keyOf(pair.works));
      if (one === undefined || (one.paths.length === 0 && one.why === undefined)) return [];
      return [{ names: pair.names, ...one }];
    });
  }

  #met(
    merge: MergeResult | undefined,
    met: readonly MetPath[],
    works: readonly [{ readonly reach: Reach }, { readonly reach: Reach }],
  ): Met {
    if (merge !== undefined && "failed" in merge) return { paths: [], why: merge.failed.message };
    const isNameless = merge !== undefined && !merge.clean && merge.files.size === 0;
    if (!isNameless) return { paths: met };
    // Git names no file when several would be moved to the same place: their origins are named
    // instead.
    const paths = sharedPaths(works[0].reach, works[1].reach).map(asRepoPath);
    return { paths: paths.map((path) => ({ path, soft: false, hunks: [] })) };
  }
}
