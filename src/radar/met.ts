import { asRepoPath, type RepoPath } from "../ground/ids.ts";
import type { PolicyOf } from "../plan/soft.ts";
import { parseHunks, pathOfFile } from "./merge-output.ts";
import { type MergeBench, type MergeResult, readTextBlobs } from "./merges.ts";
import type { Hunk, MetPath } from "./scan.ts";
import { type SettledFile, type Settlement, settlePath } from "./settle.ts";

export interface PathRules {
  /**
   * Whether a path is not mentioned where it is settled: the task file, which every track changes.
   */
  readonly isLeftOut: (path: string) => boolean;
  /** Finds the policy by which the landing settles a path that both sides changed. */
  readonly policyOf: PolicyOf;
}

/** The bench where merges are made and settled. */
export interface SettlingBench extends MergeBench {
  /** A private folder for files that are merged by hand. */
  readonly folder: string;
}

/** The result of a merge, once every path with a policy is settled as a landing settles it. */
export interface SettledMerge {
  /** The paths in conflict; soft where they are settled. */
  readonly paths: readonly MetPath[];
  /** The files in the place of files with markers; undefined for a file that is left out. */
  readonly settled: ReadonlyMap<RepoPath, SettledFile | undefined>;
}

const nothing: SettledMerge = { paths: [], settled: new Map() };

/** Finds where each merge is in conflict; empty for a clean merge, and for a merge that failed. */
export async function meetAll(
  bench: SettlingBench,
  merges: readonly MergeResult[],
  rules: PathRules,
): Promise<readonly SettledMerge[]> {
  const settlements: (readonly [file: string, path: RepoPath, settled: Settlement])[][] = [];
  for (const merge of merges) {
    const found: (typeof settlements)[number] = [];
    for (const [file, stages] of "failed" in merge ? [] : merge.files) {
      const path = asRepoPath(pathOfFile(file));
      // Git has put the file elsewhere, because something else is in its place.
      const policy = path === file ? rules.policyOf(path) : undefined;
      found.push([file, path, await settlePath(bench, policy, { path, stages })]);
    }
    settlements.push(found);
  }
  const hunks = await readHunks(bench, merges, settlements);
  return settlements.map((found, at) => {
    if (found.length === 0) return nothing;
    const paths = found
      .filter(([, path, { kind }]) => kind === "open" || !rules.isLeftOut(path))
      .map(([file, path, { kind }]) => ({
        ...{ path, soft: kind === "settled", hunks: hunks[at]?.get(file) ?? [] },
      }));
    const settled = found.flatMap(([, path, one]) =>
      one.kind === "settled" ? [[path, one.file] as const] : [],
    );
    return { paths, settled: new Map(settled) };
  });
}

/** Reads the hunks of files in conflict, in a single process. */
async function readHunks(
  bench: MergeBench,
  merges: readonly MergeResult[],
  settlements: readonly (readonly (readonly [file: string, path: RepoPath, one: Settlement])[])[],
): Promise<readonly ReadonlyMap<string, readonly Hunk[]>[]> {
  const wanted = settlements.flatMap((found, at) => {
    const merge = merges[at];
    if (merge === undefined || "failed" in merge) return [];
    return found.map(([file, , one]) => ({ at, file, name: `${merge.tree}:${file}`, one }));
  });
  const bodies = await readTextBlobs(
    bench,
    wanted.map(({ name }) => name),
  );
  const hunks = settlements.map(() => new Map<string, readonly Hunk[]>());
  for (const [index, { at, file, one }] of wanted.entries()) {
    const marked = one.kind === "open" ? one.marked : undefined;
    const body = marked ?? bodies[index]?.toString();
    if (body !== undefined) hunks[at]?.set(file, parseHunks(body));
  }
  return hunks;
}
