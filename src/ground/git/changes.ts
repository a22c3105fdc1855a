import { asRepoPath, parseSha, type RepoPath, type Sha } from "../ids.ts";
import { succeeded } from "../proc/run.ts";
import { decoded } from "../text.ts";
import { type Git, gitFailed } from "./git.ts";

/** The entry of a tree or an index at a path. */
export type TreeEntry = {
  /** Six octal digits: 100644, 100755, 120000 (symbolic link), 160000 (submodule). */
  readonly mode: string;
  readonly sha: Sha;
};

/** A path at which two trees differ. A rename is a removal and an addition. */
export interface Change {
  readonly path: RepoPath;
  readonly before: TreeEntry | undefined;
  readonly after: TreeEntry | undefined;
}

/**
 * The options of every diff: none of the user's programs draws it, no repository inside is entered,
 * and the commit of a submodule counts, whatever its `.gitmodules` says.
 */
export const plainDiff: readonly string[] = [
  ...["--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty"],
];

/** Finds all paths at which two commits differ. */
export async function changesBetween(git: Git, from: Sha, to: Sha): Promise<readonly Change[]> {
  return parseRaw(
    await git.fields([
      "diff-tree",
      ...plainDiff,
      "-r",
      "-z",
      "--raw",
      "--no-renames",
      "--full-index",
      from,
      to,
    ]),
  );
}

/** A pair of commits to compare. */
export interface Range {
  readonly from: Sha;
  readonly to: Sha;
}

/** The changes between two commits, and the tree of the second. */
export interface RangeChanges {
  readonly tree: Sha;
  readonly changes: readonly Change[];
}

/** Compares several ranges in a single process. */
export async function compareEach(
  git: Git,
  ranges: readonly Range[],
): Promise<readonly RangeChanges[]> {
  if (ranges.length === 0) return [];
  // Behind each commit stands the commit that is to count as its parent.
  const input = ranges.map(({ from, to }) => `${to} ${from}\n`).join("");
  const args = [
    "diff-tree",
    ...plainDiff,
    "--stdin",
    "--always",
    "--format=%T",
    "-r",
    "-z",
    "--raw",
  ];
  const fields = await git.fields([...args, "--no-renames", "--full-index"], { input });
  const found: { readonly tree: Sha; readonly raw: string[] }[] = [];
  for (let at = 0; at < fields.length; at += 1) {
    const field = (fields[at] ?? "").replace(/^\n/, "");
    if (!field.startsWith(":")) found.push({ tree: parseSha(field), raw: [] });
    else found.at(-1)?.raw.push(field, fields[++at] ?? "");
  }
  return found.map(({ tree, raw }) => ({ tree, changes: parseRaw(raw) }));
}

/** Finds what a commit changes since its merge base with another; undefined when there is none. */
export async function findOwnChanges(
  git: Git,
  other: Sha,
  commit: Sha,
): Promise<readonly Change[] | undefined> {
  const args = [
    "diff-tree",
    ...plainDiff,
    "--merge-base",
    "-r",
    "-z",
    "--raw",
    "--no-renames",
    "--full-index",
  ];
  const result = await git.run([...args, other, commit]);
  if (result.ending.kind === "exited" && result.ending.code !== 0) return undefined;
  if (!succeeded(result)) throw gitFailed(git.cwd, args, result);
  const text = decoded(result.stdout);
  return parseRaw(text === "" ? [] : text.replace(/\0$/, "").split("\0"));
}

/** Finds where the index differs from a commit; `after` is the index. */
export async function indexChanges(git: Git, from: Sha): Promise<readonly Change[]> {
  return parseRaw(
    await git.fields([
      ...["diff-index", "--cached", ...plainDiff, "-z", "--raw", "--no-renames", "--full-index"],
      from,
    ]),
  );
}

/** Whether the index holds anything other than HEAD. */
export async function hasStaged(git: Git): Promise<boolean> {
  return !(await git.holds(["diff-index", "--cached", ...plainDiff, "--quiet", "HEAD"]));
}

/** Finds the entry of the index at a path; undefined when there is none. */
export async function findIndexEntry(git: Git, path: RepoPath): Promise<TreeEntry | undefined> {
  const [line] = await git.fields(["--literal-pathspecs", "ls-files", "-s", "-z", "--", path]);
  const [mode, sha] = (line ?? "").split(/[ \t]/);
  return mode === undefined || sha === undefined ? undefined : { mode, sha: parseSha(sha) };
}

/** Sets or removes an entry of the index, and leaves the worktree alone. */
export async function setIndexEntry(
  git: Git,
  path: RepoPath,
  entry: TreeEntry | undefined,
): Promise<void> {
  const args = ["update-index", "-z"];
  if (entry === undefined) {
    await git.text([...args, "--force-remove", "--stdin"], { input: `${path}\0` });
  } else {
    await git.text([...args, "--index-info"], { input: `${entry.mode} ${entry.sha}\t${path}\0` });
  }
}

function parseRaw(fields: readonly string[]): readonly Change[] {
  const changes: Change[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [modeBefore = "", modeAfter = "", before = "", after = ""] = (fields[at] ?? "")
      .slice(1)
      .split(" ");
    changes.push({
      path: asRepoPath(fields[at + 1] ?? ""),
      before: entryOf(modeBefore, before),
      after: entryOf(modeAfter, after),
    });
  }
  return changes;
}

function entryOf(mode: string, sha: string): TreeEntry | undefined {
  return /^0+$/.test(mode) ? undefined : { mode, sha: parseSha(sha) };
}

export const isSubmodule = (entry: TreeEntry | undefined): boolean => entry?.mode === "160000";
export const isSymlink = (entry: TreeEntry | undefined): boolean => entry?.mode === "120000";
