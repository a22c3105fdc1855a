import { treeOf } from "../ground/git/refs.ts";
import type { ScratchObjects } from "../ground/git/scratch-objects.ts";
import { asRepoPath, type RepoPath, type Sha } from "../ground/ids.ts";
import type { TreeDifference } from "./merge-output.ts";
import { differencesFrom, type MergeBench, mergeAll } from "./merges.ts";
import { meetAll, type PathRules, type SettlingBench } from "./met.ts";
import { type Reach, reachOf } from "./reach.ts";
import type { MetPath } from "./scan.ts";
import { settledTree } from "./settled-tree.ts";
import { writeCommit } from "./sight.ts";

/** A line of work merged with the target. */
export type Rebased = RebasedMerge | { readonly kind: "failed"; readonly why: string };

export interface RebasedMerge {
  readonly kind: "merged";
  /** The merged tree as a commit on the target, for comparison with the others. */
  readonly commit: Sha;
  readonly tree: Sha;
  /** The paths at which it conflicts with the target. */
  readonly paths: readonly MetPath[];
  readonly changed: readonly RepoPath[];
  readonly reach: Reach;
}

const nameless = "it and the target move folders so that git cannot place their files";
const noAnswer: Rebased = { kind: "failed", why: "git gave no answer" };

/** The merges of lines of work with the target, kept as long as neither moves. */
export class Rebases {
  readonly #rules: PathRules;
  #tip: { readonly commit: Sha; readonly tree: Sha } | undefined;
  #kept = new Map<string, Rebased>();

  constructor(rules: PathRules) {
    this.#rules = rules;
  }

  clear(): void {
    this.#kept.clear();
  }

  async of(
    bench: SettlingBench,
    objects: ScratchObjects,
    { tip, commits }: { readonly tip: Sha; readonly commits: readonly Sha[] },
  ): Promise<ReadonlyMap<Sha, Rebased>> {
    const keyOf = (commit: Sha): string => `${tip} ${commit}`;
    const fresh = commits.filter((commit) => !this.#kept.has(keyOf(commit)));
    const merges = await mergeAll(
      bench,
      fresh.map((commit) => [tip, commit] as const),
    );
    const met = await meetAll(bench, merges, this.#rules);
    const trees: (Sha | undefined)[] = [];
    for (const [at, merge] of merges.entries()) {
      const settled = met[at]?.settled ?? new Map();
      trees.push("tree" in merge ? await settledTree(bench, merge.tree, settled) : undefined);
    }
    const made = trees.flatMap((tree) => tree ?? []);
    const differences = await differencesFrom(bench, await this.treeOf(bench, tip), made);
    const kept = new Map<string, Rebased>();
    for (const [at, commit] of fresh.entries()) {
      const merge = merges[at];
      const tree = trees[at];
      if (merge === undefined) continue;
      if ("failed" in merge) kept.set(keyOf(commit), { kind: "failed", why: merge.failed.message });
      else if (tree === undefined || (!merge.clean && merge.files.size === 0)) {
        kept.set(keyOf(commit), { kind: "failed", why: nameless });
      } else {
        const difference = differences.get(tree) ?? { changed: [], emptied: [] };
        const found = this.#merged(objects, { tip, tree, difference });
        kept.set(keyOf(commit), { ...found, paths: met[at]?.paths ?? [] });
      }
    }
    for (const commit of commits) {
      const known = this.#kept.get(keyOf(commit));
      if (known !== undefined) kept.set(keyOf(commit), known);
    }
    this.#kept = kept;
    return new Map(commits.map((commit) => [commit, kept.get(keyOf(commit)) ?? noAnswer]));
  }

  async treeOf({ git }: MergeBench, tip: Sha): Promise<Sha> {
    if (this.#tip?.commit !== tip) this.#tip = { commit: tip, tree: await treeOf(git, tip) };
    return this.#tip.tree;
  }

  #merged(
    objects: ScratchObjects,
    made: { readonly tip: Sha; readonly tree: Sha; readonly difference: TreeDifference },
  ): RebasedMerge {
    const { changed: all, emptied } = made.difference;
    const changed = all.filter((path) => !this.#rules.isLeftOut(path));
    return {
      kind: "merged",
      commit: writeCommit(objects, made.tree, made.tip),
      tree: made.tree,
      paths: [],
      changed: changed.toSorted().map(asRepoPath),
      reach: reachOf(all, emptied),
    };
  }
}
