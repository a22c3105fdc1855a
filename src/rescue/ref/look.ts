import { existsSync, lstatSync, readdirSync, readFileSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { type BytePath, byteFields, onDisk } from "../../ground/git/byte-path.ts";
import type { Git, GitOptions } from "../../ground/git/git.ts";
import { type IndexEntry, indexEntries, isAssumed } from "../../ground/git/index-entries.ts";
import { dirtyNested, filledIn } from "../../ground/git/nested.ts";
import { branchRef, findCommit } from "../../ground/git/refs.ts";
import type { Repo } from "../../ground/git/repo.ts";
import { type BranchName, parseSha, type Sha } from "../../ground/ids.ts";
import { isGone } from "../../ground/proc/identity.ts";

/** A worktree to look at: its administrative folder, and its folder unless that is missing. */
export interface Place {
  readonly repo: Repo;
  /** Git at the main worktree. */
  readonly git: Git;
  readonly admin: string;
  readonly worktree: string | undefined;
}

/** The content of a worktree, read without a change to its files, its index or their times. */
export interface WorktreeLook {
  /** The commit of HEAD; null on a branch without commits. */
  readonly head: Sha | null;
  /** The full ref HEAD names; null when detached. */
  readonly headRef: string | null;
  readonly entries: readonly IndexEntry[];
  /** Entries of `git add --intent-to-add`: no content yet in the index. */
  readonly intent: ReadonlySet<BytePath>;
  readonly untracked: readonly BytePath[];
  /** Repositories inside the worktree, whose content its own repository does not hold. */
  readonly nested: readonly BytePath[];
  /** Files and whole folders that git ignores. */
  readonly ignored: readonly BytePath[];
  /** The paths that `git status` shows: changed, staged, conflicted or untracked. */
  readonly dirty: readonly BytePath[];
  /** "merge", "rebase", …: an operation that waits to be continued. */
  readonly inProgress: string | null;
  /** Commits that only a reflog or a pseudo-ref of this worktree still names. */
  readonly mentioned: readonly string[];
}

export function optionsAt({ admin, worktree, repo }: Place): GitOptions {
  const GIT_WORK_TREE = worktree ?? repo.mainTop;
  const GIT_COMMON_DIR = repo.commonDir;
  return { env: { GIT_DIR: admin, GIT_COMMON_DIR, GIT_WORK_TREE, GIT_OPTIONAL_LOCKS: "0" } };
}

/**
 * @throws PleachError `git/failed` when any part of the worktree cannot be read: then nothing is
 * known
 */
export async function lookAtWorktree(place: Place): Promise<WorktreeLook> {
  const { admin, worktree } = place;
  const options = optionsAt(place);
  const git = worktree === undefined ? place.git : place.git.at(worktree);
  const head = readFileSync(join(admin, "HEAD"), "utf8").trim();
  const [entries, files, commit, mentioned] = await Promise.all([
    indexEntries(git, options),
    worktree === undefined ? nothingOnDisk : lookAtFiles(git, options),
    headCommit(git, head),
    mentionedIn(place, head),
  ]);
  const nested = worktree === undefined ? [] : await dirtyNested(git, filledIn(worktree, entries));
  const assumed = entries
    .filter((entry) => isAssumed(entry) && worktree !== undefined && isThere(worktree, entry.path))
    .map((entry) => entry.path);
  return {
    ...files,
    head: commit ?? null,
    headRef: head.startsWith("ref: ") ? head.slice("ref: ".length) : null,
    entries,
    dirty: [...files.dirty, ...assumed, ...nested],
    inProgress: operationIn(admin),
    mentioned,
  };
}

async function headCommit(git: Git, head: string): Promise<Sha | undefined> {
  // `rev-parse HEAD` would fail on a branch without commits as on any other error.
  return await findCommit(git, head.replace(/^ref: /, ""));
}

type Files = Pick<WorktreeLook, "intent" | "untracked" | "nested" | "ignored" | "dirty">;
const nothingOnDisk: Files = {
  intent: new Set(),
  untracked: [],
  nested: [],
  ignored: [],
  dirty: [],
};

async function lookAtFiles(git: Git, options: GitOptions): Promise<Files> {
  const args = [
    ...["status", "--porcelain=v2", "-z", "--no-renames", "--untracked-files=all"],
    ...["--ignored=matching", "--ignore-submodules=dirty"],
  ];
  return filesIn(await byteFields(git, args, options));
}

/**
 * The number of words before the path, by the first letter of a line of `status --porcelain=v2`.
 */
const wordsBefore: Readonly<Record<string, number>> = { "1": 8, u: 10, "?": 1, "!": 1 };

function filesIn(status: readonly string[]): Files {
  const lines = status.map((line) => {
    const words = line.split(" ");
    const [kind = "", states = "", , inHead] = words;
    const before = wordsBefore[kind];
    if (before === undefined) throw new Error(`unreadable status: ${JSON.stringify(line)}`);
    const path = words.slice(before).join(" ") as BytePath;
    // The path is not in HEAD, and yet nothing is staged: there is only the intent to add it.
    const isIntent = kind === "1" && states.startsWith(".") && inHead === "000000";
    return { kind, path: withoutSlash(path), isIntent, isFolder: path.endsWith("/") };
  });
  const pathsOf = (wanted: (line: (typeof lines)[number]) => boolean): readonly BytePath[] =>
    lines.filter(wanted).map((line) => line.path);
  return {
    intent: new Set(pathsOf((line) => line.isIntent)),
    untracked: pathsOf((line) => line.kind === "?" && !line.isFolder),
    nested: pathsOf((line) => line.kind === "?" && line.isFolder),
    ignored: pathsOf((line) => line.kind === "!"),
    dirty: pathsOf((line) => line.kind !== "!"),
  };
}

const withoutSlash = (path: BytePath): BytePath => path.replace(/\/$/, "") as BytePath;

const isThere = (worktree: string, path: BytePath): boolean =>
  findFile(worktree, path) !== undefined;

/** Finds the file at a path, undefined when there is none; no symlink is followed. */
export function findFile(folder: string, path: BytePath): Stats | undefined {
  try {
    return lstatSync(onDisk(folder, path));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

const operations = [
  ["MERGE_HEAD", "merge"],
  ["CHERRY_PICK_HEAD", "cherry-pick"],
  ["REVERT_HEAD", "revert"],
  ["rebase-merge", "rebase"],
  ["rebase-apply", "rebase"],
  ["sequencer", "sequence of picks"],
  ["BISECT_LOG", "bisect"],
] as const;

function operationIn(admin: string): string | null {
  return operations.find(([file]) => existsSync(join(admin, file)))?.[1] ?? null;
}

/**
 * Lists every object name in the reflogs and pseudo-refs of the worktree; not all need be commits.
 */
async function mentionedIn(place: Place, head: string): Promise<readonly string[]> {
  const { admin, repo } = place;
  const pseudo = readdirSync(admin, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^[A-Z_]+$/.test(entry.name))
    .map((entry) => join(admin, entry.name));
  const rebase = ["rebase-merge", "rebase-apply"].flatMap((folder) =>
    ["orig-head", "onto", "autostash", "stopped-sha", "done", "git-rebase-todo"].map((name) =>
      join(admin, folder, name),
    ),
  );
  const logs = [join(admin, "logs", "HEAD")];
  if (head.startsWith("ref: ")) logs.push(join(repo.commonDir, "logs", head.slice(5)));
  const list = ["for-each-ref", "--format=%(objectname)"];
  const named = ["refs/worktree/", "refs/bisect/", "refs/rewritten/"];
  const own = existsSync(join(admin, "refs"))
    ? await place.git.text([...list, ...named], optionsAt(place))
    : "";
  const text = [own, ...[...pseudo, ...rebase, ...logs].map(readIfFile)].join("\n");
  const names = text.match(/\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b/g) ?? [];
  return [...new Set(names)].filter((name) => !/^0+$/.test(name));
}

function readIfFile(file: string): string {
  try {
    return statSync(file).isFile() ? readFileSync(file, "latin1") : "";
  } catch (error) {
    if (isGone(error)) return "";
    throw error;
  }
}

/** Reads the content of a branch whose worktree git does not know (any more). */
export async function lookAtBranch(
  git: Git,
  branch: BranchName,
  tip: Sha | null,
): Promise<WorktreeLook> {
  const lines =
    tip === null ? [] : await byteFields(git, ["ls-tree", "-r", "-z", "--full-tree", tip]);
  const entries = lines.map((line) => {
    const [, mode = "", oid = "", path = ""] = /^(\d+) \S+ (\S+)\t(.+)$/s.exec(line) ?? [];
    return { tag: "H", mode, oid: parseSha(oid), stage: 0, path: path as BytePath };
  });
  const headRef = branchRef(branch);
  return { ...nothingOnDisk, head: tip, headRef, entries, inProgress: null, mentioned: [] };
}
