import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Git } from "../ground/git/git.ts";
import { branchRef, requireCommit, treeOf } from "../ground/git/refs.ts";
import { openScratchObjects, type ScratchObjects } from "../ground/git/scratch-objects.ts";
import { asRepoPath, type BranchName, type RepoPath, type Sha } from "../ground/ids.ts";
import type { TreeDifference } from "./merge-output.ts";
import {
  differencesFrom,
  type MergeBench,
  type MergeResult,
  mergeAll,
  metPaths,
  type PathRules,
} from "./merges.ts";
import { pairsThatMayMeet, type Reach, reachOf, sharedPaths } from "./reach.ts";
import type { Meeting, MetPath, Scan, Seen, Subject } from "./scan.ts";
import { type Sight, sightOf, writeCommit } from "./sight.ts";

export interface RadarSetup extends PathRules {
  /** Git at the top of the main checkout. */
  readonly git: Git;
  readonly commonDir: string;
  /** Where a folder for scratch objects is made. */
  readonly scratchRoot: string;
  readonly target: BranchName;
  /** The merge driver of what is left out: it would only cost time. */
  readonly mutedDriver: string;
}

/** A line of work merged with the target. */
type Rebased =
  | {
      readonly kind: "merged";
      /** The merged tree as a commit on the target: what is compared with the others. */
      readonly commit: Sha;
      readonly paths: readonly MetPath[];
      readonly changed: readonly RepoPath[];
      readonly reach: Reach;
    }
  | { readonly kind: "failed"; readonly why: string };

const nameless = "it and the target move folders so that git cannot place their files";

type Met = Omit<Meeting, "names">;

/** After so many looks all is looked at afresh. */
const looksPerScratch = 500;
const snapshotsAtOnce = 4;

/**
 * Sees which lines of work conflict: each is merged with the target first, then those that can meet
 * pair by pair, all in scratch objects. Results are kept by what they were made from, so that a
 * second look only computes what has changed. `close` removes the scratch.
 */
export class Radar {
  readonly #setup: RadarSetup;
  #scratch: string | undefined;
  #looks = 0;
  #tip: { readonly commit: Sha; readonly tree: Sha } | undefined;
  #attributes = "";
  #sights = new Map<string, Sight>();
  #rebased = new Map<string, Rebased>();
  #meetings = new Map<string, Met>();

  constructor(setup: RadarSetup) {
    this.#setup = setup;
  }

  /** @throws PleachError when the target is not there; of a subject that cannot be read it is said */
  async scan(subjects: readonly Subject[]): Promise<Scan> {
    const { git, target } = this.#setup;
    const tip = await requireCommit(git, branchRef(target));
    const objects = this.#freshScratch();
    const bench = { git, env: objects.env, settings: this.#settings() };
    const sights = await this.#look(subjects, objects);
    const commits = sights.flatMap((sight) => (sight.kind === "seen" ? [sight.commit] : []));
    const rebased = await this.#rebaseAll(bench, objects, {
      tip,
      commits: [...new Set(commits)],
    });
    const seen = subjects.map((subject, at) =>
      seenOf(subject, sights[at], (commit) => rebased.get(commit)),
    );
    const meetings = await this.#meet(bench, {
      names: seen.map(({ subject }) => subject.name),
      rebased: seen.map((one, at) => {
        const sight = sights[at];
        if (one.state !== "clean" || sight?.kind !== "seen") return undefined;
        const result = rebased.get(sight.commit);
        return result?.kind === "merged" ? result : undefined;
      }),
    });
    return { target, tip, seen, meetings };
  }

  close(): void {
    if (this.#scratch !== undefined) rmSync(this.#scratch, { recursive: true, force: true });
    this.#scratch = undefined;
    this.#sights.clear();
    this.#rebased.clear();
    this.#meetings.clear();
  }

  #objects(): ScratchObjects {
    const { scratchRoot, commonDir } = this.#setup;
    // Swept away by somebody: what was kept points into it.
    if (this.#scratch !== undefined && !existsSync(this.#scratch)) this.close();
    if (this.#scratch === undefined) {
      mkdirSync(scratchRoot, { recursive: true });
      this.#scratch = mkdtempSync(join(scratchRoot, "radar-"));
    }
    return openScratchObjects(this.#scratch, commonDir);
  }

  /** Thrown away now and then, and when files that steer merges have changed. */
  #freshScratch(): ScratchObjects {
    const { commonDir, git } = this.#setup;
    const attributes = ["info/attributes", "config"]
      .map((name) => join(commonDir, name))
      .concat(join(git.cwd, ".gitattributes"))
      .map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs)
      .join();
    this.#looks += 1;
    if (this.#looks > looksPerScratch || attributes !== this.#attributes) {
      this.close();
      this.#looks = 1;
    }
    this.#attributes = attributes;
    return this.#objects();
  }

  #settings(): readonly string[] {
    const { mutedDriver } = this.#setup;
    return [
      ...["-c", "merge.conflictStyle=merge", "-c", "core.looseCompression=0"],
      ...["-c", `merge.${mutedDriver}.driver=true`, "-c", "core.fsync=none"],
    ];
  }

  async #look(subjects: readonly Subject[], objects: ScratchObjects): Promise<readonly Sight[]> {
    const sights = new Map<string, Sight>();
    const waiting = [...subjects];
    const turn = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        sights.set(next.name, await this.#sight(next, objects));
      }
    };
    await Promise.all(Array.from({ length: snapshotsAtOnce }, turn));
    this.#sights = sights;
    return subjects.map(
      ({ name }) => sights.get(name) ?? { kind: "unknown", why: "it was not looked at" },
    );
  }

  async #sight({ name, worktree, head }: Subject, objects: ScratchObjects): Promise<Sight> {
    if (worktree === undefined) {
      if (head === undefined) return { kind: "unknown", why: "it has no commit" };
      return { kind: "seen", head, commit: head, large: [], print: head };
    }
    const index = join(objects.folder, "..", `index-${encodeURIComponent(name)}`);
    const git = this.#setup.git.at(worktree);
    return await sightOf(git, { objects, index }, this.#sights.get(name));
  }

  async #rebaseAll(
    bench: MergeBench,
    objects: ScratchObjects,
    { tip, commits }: { readonly tip: Sha; readonly commits: readonly Sha[] },
  ): Promise<ReadonlyMap<Sha, Rebased>> {
    const keyOf = (commit: Sha): string => `${tip} ${commit}`;
    const fresh = commits.filter((commit) => !this.#rebased.has(keyOf(commit)));
    const merges = await mergeAll(
      bench,
      fresh.map((commit) => [tip, commit] as const),
    );
    const trees = merges.flatMap((merge) => ("tree" in merge ? [merge.tree] : []));
    const differences = await differencesFrom(bench, await this.#treeOf(bench, tip), trees);
    const met = await metPaths(bench, merges, this.#setup);
    const kept = new Map<string, Rebased>();
    for (const [at, commit] of fresh.entries()) {
      const merge = merges[at];
      if (merge === undefined) continue;
      if ("failed" in merge) kept.set(keyOf(commit), { kind: "failed", why: merge.failed.message });
      else if (!merge.clean && merge.files.length === 0) {
        kept.set(keyOf(commit), { kind: "failed", why: nameless });
      } else {
        const difference = differences.get(merge.tree) ?? { changed: [], emptied: [] };
        const found = this.#rebasedOf(objects, { tip, tree: merge.tree, difference });
        kept.set(keyOf(commit), { ...found, paths: met[at] ?? [] });
      }
    }
    for (const commit of commits) {
      const known = this.#rebased.get(keyOf(commit));
      if (known !== undefined) kept.set(keyOf(commit), known);
    }
    this.#rebased = kept;
    return new Map(
      commits.map((commit) => [
        commit,
        kept.get(keyOf(commit)) ?? { kind: "failed", why: "git gave no answer" },
      ]),
    );
  }

  async #treeOf({ git }: MergeBench, tip: Sha): Promise<Sha> {
    if (this.#tip?.commit !== tip) this.#tip = { commit: tip, tree: await treeOf(git, tip) };
    return this.#tip.tree;
  }

  #rebasedOf(
    objects: ScratchObjects,
    made: { readonly tip: Sha; readonly tree: Sha; readonly difference: TreeDifference },
  ): Rebased & { readonly kind: "merged" } {
    const { isLeftOut } = this.#setup;
    const changed = made.difference.changed.filter((path) => !isLeftOut(path));
    return {
      kind: "merged",
      commit: writeCommit(objects, made.tree, made.tip),
      paths: [],
      changed: changed.toSorted().map(asRepoPath),
      reach: reachOf(changed, made.difference.emptied),
    };
  }

  #metOf(
    merge: MergeResult | undefined,
    met: readonly MetPath[],
    [ours, theirs]: readonly [Reach | undefined, Reach | undefined],
  ): Met {
    if (merge !== undefined && "failed" in merge) return { paths: [], why: merge.failed.message };
    const isNameless = merge !== undefined && !merge.clean && merge.files.length === 0;
    if (!isNameless || ours === undefined || theirs === undefined) return { paths: met };
    // Git names no file when several would be moved to one place: where they come from is named.
    const paths = sharedPaths(ours, theirs).map(asRepoPath);
    return { paths: paths.map((path) => ({ path, soft: this.#setup.isSoft(path), hunks: [] })) };
  }

  async #meet(
    bench: MergeBench,
    {
      names,
      rebased,
    }: {
      readonly names: readonly string[];
      readonly rebased: readonly ((Rebased & { readonly kind: "merged" }) | undefined)[];
    },
  ): Promise<readonly Meeting[]> {
    const pairs = pairsThatMayMeet(
      rebased.map((one) => one?.reach ?? { claims: new Set(), around: new Set() }),
    ).flatMap(([first, second]) => {
      const [ours, theirs] = [rebased[first]?.commit, rebased[second]?.commit];
      if (ours === undefined || theirs === undefined || ours === theirs) return [];
      const [a = "", b = ""] = [names[first], names[second]];
      const reaches = [rebased[first]?.reach, rebased[second]?.reach] as const;
      return [{ names: [a, b] as const, commits: [ours, theirs] as const, reaches }];
    });
    const keyOf = (commits: readonly Sha[]): string => commits.join(" ");
    const fresh = pairs.filter(({ commits }) => !this.#meetings.has(keyOf(commits)));
    const merges = await mergeAll(
      bench,
      fresh.map(({ commits }) => commits),
    );
    const met = await metPaths(bench, merges, this.#setup);
    const found = new Map(
      fresh.map(({ commits, reaches }, at) => [
        keyOf(commits),
        this.#metOf(merges[at], met[at] ?? [], reaches),
      ]),
    );
    this.#meetings = new Map(
      pairs.map(({ commits }) => {
        const key = keyOf(commits);
        return [key, found.get(key) ?? this.#meetings.get(key) ?? { paths: [] }];
      }),
    );
    return pairs.flatMap((pair) => {
      const one = this.#meetings.get(keyOf(pair.commits));
      if (one === undefined || (one.paths.length === 0 && one.why === undefined)) return [];
      return [{ names: pair.names, ...one }];
    });
  }
}

function seenOf(
  subject: Subject,
  sight: Sight | undefined,
  rebasedOf: (commit: Sha) => Rebased | undefined,
): Seen {
  if (sight === undefined || sight.kind === "unknown") {
    return { subject, state: "unknown", why: sight?.why ?? "it was not looked at" };
  }
  const rebased = rebasedOf(sight.commit);
  if (rebased?.kind !== "merged") {
    return { subject, state: "unknown", why: rebased?.why ?? "git gave no answer" };
  }
  const { head, commit, large } = sight;
  const { paths, changed } = rebased;
  const state = paths.every(({ soft }) => soft) ? "clean" : "conflict";
  return { subject, state, head, dirty: commit !== head, large, changed, paths };
}
