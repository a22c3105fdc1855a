import type { PleachError } from "../ground/errors.ts";
import { plainDiff } from "../ground/git/changes.ts";
import { type Git, gitFailed } from "../ground/git/git.ts";
import type { Sha } from "../ground/ids.ts";
import { type ExactEnv, succeeded } from "../ground/proc/run.ts";
import { decoded, encoded, hasOddBytes } from "../ground/text.ts";
import {
  type MergeOutput,
  parseDifferences,
  parseMerges,
  type TreeDifference,
} from "./merge-output.ts";
import { type FilePatch, type PatchedFile, parseHunksOf, parsePatches } from "./symbols/patch.ts";

export interface MergeBench {
  readonly git: Git;
  readonly env: ExactEnv;
  /** The settings of each call, as `-c NAME=VALUE`. */
  readonly settings: readonly string[];
}

export type MergeResult = MergeOutput | { readonly failed: PleachError };

/**
 * Merges many pairs of commits in a single process (git 2.39 answers only when it has read them
 * all). When a pair makes git give up, the others are merged without it.
 */
export async function mergeAll(
  bench: MergeBench,
  pairs: readonly (readonly [Sha, Sha])[],
): Promise<readonly MergeResult[]> {
  if (pairs.length === 0) return [];
  const { git, env, settings } = bench;
  const args = ["merge-tree", "--write-tree", "--stdin", "-z", "--no-messages"];
  const result = await git.run([...settings, ...args, "--allow-unrelated-histories"], {
    env,
    input: pairs.map(([ours, theirs]) => `${ours} ${theirs}\n`).join(""),
  });
  if (succeeded(result)) {
    const merges = parseMerges(decoded(result.stdout));
    if (merges.length === pairs.length) return merges;
  }
  if (pairs.length === 1) return [{ failed: gitFailed(git.cwd, args, result) }];
  const half = pairs.length >> 1;
  const first = await mergeAll(bench, pairs.slice(0, half));
  return [...first, ...(await mergeAll(bench, pairs.slice(half)))];
}

/** Finds the differences of many trees from a single tree, by tree, in a single process. */
export async function differencesFrom(
  { git, env }: MergeBench,
  from: Sha,
  trees: readonly Sha[],
): Promise<ReadonlyMap<string, TreeDifference>> {
  if (trees.length === 0) return new Map();
  const args = ["diff-tree", ...plainDiff, "--stdin", "-r", "-t", "-z", "--raw", "--no-renames"];
  const input = trees.map((tree) => `${from} ${tree}\n`).join("");
  return parseDifferences(await git.text(args, { env, input }));
}

/** The size above which a file counts as binary here: larger files were made by a program. */
const largestText = "1m";

/** Reads the patches that lead from a tree to many, by tree, in a single process. */
export async function patchesFrom(
  bench: MergeBench,
  from: Sha,
  trees: readonly Sha[],
): Promise<ReadonlyMap<string, readonly FilePatch[]>> {
  return parsePatches(await patchText(bench, { from, trees, how: ["-U0", "-M"], paths: [] }));
}

/**
 * Reads how some files of many trees differ from a single tree's, with every line around; in a
 * single process.
 */
export async function wholePatchesFrom(
  bench: MergeBench,
  from: Sha,
  { trees, paths }: { readonly trees: readonly Sha[]; readonly paths: readonly string[] },
): Promise<ReadonlyMap<string, readonly PatchedFile[]>> {
  const how = ["-U10000000", "--no-renames", "--diff-algorithm=histogram"];
  return parseHunksOf(await patchText(bench, { from, trees, how, paths }));
}

interface Patching {
  readonly from: Sha;
  readonly trees: readonly Sha[];
  readonly how: readonly string[];
  /** The paths to compare; all when there are none. */
  readonly paths: readonly string[];
}

async function patchText(
  { git, env }: MergeBench,
  { from, trees, how, paths }: Patching,
): Promise<string> {
  if (trees.length === 0) return "";
  const args = [
    ...["-c", `core.bigFileThreshold=${largestText}`, "--literal-pathspecs"],
    ...["diff-tree", ...plainDiff, "--stdin", "-r", "-p", ...how],
    ...["--no-color", "--inter-hunk-context=0"],
    ...["--src-prefix=a/", "--dst-prefix=b/", "--submodule=short", "--"],
    // All paths, where one of the names cannot be given to git.
    ...(paths.some(hasOddBytes) ? [] : paths),
  ];
  const input = trees.map((tree) => `${from} ${tree}\n`).join("");
  return await git.text(args, { env, input });
}

/** Reads the text of files named `COMMIT:PATH`; missing and binary files are left out. */
export async function readFiles(
  { git, env }: MergeBench,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const bodies = await readTextBlobs({ git, env }, names);
  return new Map(
    names.flatMap((name, at) => {
      const body = bodies[at];
      return body === undefined ? [] : [[name, decoded(body)] as const];
    }),
  );
}

/** Reads text blobs in the order asked for, in a single process; undefined where there is none. */
export async function readTextBlobs(
  { git, env }: Pick<MergeBench, "git" | "env">,
  names: readonly string[],
): Promise<readonly (Buffer | undefined)[]> {
  if (names.length === 0) return [];
  const input = names.map((name) => `${name}\0`).join("");
  const result = await git.run(["cat-file", "--batch=%(objecttype) %(objectsize)", "-z"], {
    env,
    input,
  });
  if (!succeeded(result)) throw gitFailed(git.cwd, ["cat-file"], result);
  let rest = result.stdout;
  return names.map((name) => {
    const missing = encoded(`${name} missing\n`);
    if (rest.subarray(0, missing.length).equals(missing)) {
      rest = rest.subarray(missing.length);
      return undefined;
    }
    const end = rest.indexOf("\n");
    const [kind, size] = rest.subarray(0, Math.max(0, end)).toString().split(" ");
    const body = rest.subarray(end + 1, end + 1 + Number(size));
    rest = rest.subarray(end + 2 + Number(size));
    return kind === "blob" && !body.includes(0) ? body : undefined;
  });
}
