import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type BytePath, byteLines, onDisk, shownPath } from "../../ground/git/byte-path.ts";
import type { Git } from "../../ground/git/git.ts";
import {
  formatIndexEntry,
  type IndexEntry,
  indexInfo,
  isSkipped,
  submoduleMode,
} from "../../ground/git/index-entries.ts";
import { rawEnv } from "../../ground/git/raw.ts";
import { branchRef } from "../../ground/git/refs.ts";
import { type BranchName, parseSha, type Sha } from "../../ground/ids.ts";
import { folderSize } from "./folder-size.ts";
import { findFile, type Place, type WorktreeLook } from "./look.ts";
import { type NotHeld, type RescueRecord, rescueMessage } from "./record.ts";

/** The commits of a worktree that no ref but its own branch keeps. */
export interface Stake {
  /** Whether HEAD or the branch has such commits: the work of the track. */
  readonly ofTrack: boolean;
  /**
   * The heads of such commits that HEAD and the branch do not reach, from reflogs and pseudo-refs.
   */
  readonly others: readonly Sha[];
}

export async function commitsAtStake(
  git: Git,
  track: { readonly branch: BranchName; readonly tip: Sha | null },
  look: WorktreeLook,
): Promise<Stake> {
  const own = new Set<string>([look.head, track.tip].filter((commit) => commit !== null));
  const elsewhere = ["--not", `--exclude=${branchRef(track.branch)}`, "--glob=refs/"];
  const list = async (revisions: readonly string[]): Promise<readonly (readonly string[])[]> => {
    const args = ["rev-list", "--ignore-missing", "--topo-order", "--parents", "--stdin"];
    if (revisions.length === 0) return [];
    const input = `${revisions.join("\n")}\n`;
    const text = await git.text([...args, ...elsewhere], { input });
    return text === "" ? [] : text.split("\n").map((line) => line.split(" "));
  };
  const all = new Set((await list([...own, ...look.mentioned])).map(([commit = ""]) => commit));
  const mentioned = look.mentioned.filter((commit) => all.has(commit) && !own.has(commit));
  const beyond = mentioned.length === 0 ? [] : [...mentioned, ...[...own].map((at) => `^${at}`)];
  const lines = await list(beyond);
  const parents = new Set(lines.flatMap((line) => line.slice(1)));
  const heads = lines.map(([commit = ""]) => commit).filter((commit) => !parents.has(commit));
  return { ofTrack: [...own].some((commit) => all.has(commit)), others: heads.map(parseSha) };
}

export interface Capture {
  readonly place: Place;
  readonly look: WorktreeLook;
  readonly stake: Stake;
  readonly record: RescueRecord;
  readonly ref: string;
  /** A scratch folder of ours for the temporary index. */
  readonly scratch: string;
  readonly now: number;
}

/** Writes the commit of a rescue ref (see record.ts); the worktree is only read. */
export async function captureCommit(capture: Capture): Promise<Sha> {
  const { place, look, record, stake } = capture;
  mkdirSync(capture.scratch, { recursive: true, mode: 0o700 });
  try {
    const [files, index] = await Promise.all([contentTree(capture), recordTree(capture)]);
    const tips = record.tip === null || record.tip === look.head ? [] : [record.tip];
    const parents = [...tips, ...stake.others];
    const aside = await commit(capture, index, parents, `Index of track ${record.track}\n`);
    const message = rescueMessage(record, capture.ref);
    return await commit(capture, files, [look.head ?? record.seed.base, aside], message);
  } finally {
    rmSync(capture.scratch, { recursive: true, force: true });
  }

  async function commit(
    { now }: Capture,
    tree: Sha,
    parents: readonly Sha[],
    message: string,
  ): Promise<Sha> {
    const date = `@${Math.floor(now / 1000)} +0000`;
    const parentArgs = parents.flatMap((parent) => ["-p", parent]);
    const args = ["commit-tree", "--no-gpg-sign", ...parentArgs, "-F", "-", tree];
    // The identity is fixed: a missing user.name must never keep work from being rescued.
    const env = {
      GIT_AUTHOR_NAME: "Pleach",
      GIT_AUTHOR_EMAIL: "pleach@localhost",
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: "Pleach",
      GIT_COMMITTER_EMAIL: "pleach@localhost",
      GIT_COMMITTER_DATE: date,
    };
    return parseSha(await place.git.text(args, { input: message, env }));
  }
}

async function contentTree({ place, look, record, scratch }: Capture): Promise<Sha> {
  const { git, repo, worktree } = place;
  const stageZero = look.entries.filter((entry) => entry.stage === 0);
  const fromIndex = stageZero.filter((entry) =>
    worktree === undefined ? !look.intent.has(entry.path) : standsForItself(worktree, entry),
  );
  const folder = join(scratch, "content");
  mkdirSync(folder, { recursive: true });
  const env = rawEnv({
    commonDir: repo.commonDir,
    folder,
    workTree: worktree ?? repo.mainTop,
    anyObject: record.seed.base,
  });
  const seed = fromIndex.map((entry) => indexInfo(entry, entry.path));
  const at = worktree === undefined ? git : git.at(worktree);
  if (seed.length > 0) {
    await at.text(["update-index", "-z", "--index-info"], { env, input: byteLines(seed) });
  }
  const onFile = worktree === undefined ? [] : contentPaths(worktree, look).files;
  await at.text(["update-index", "--add", "-z", "--stdin"], { env, input: byteLines(onFile) });
  const index = { GIT_INDEX_FILE: join(folder, "index") };
  return parseSha(await git.text(["write-tree"], { env: index }));
}

/**
 * Whether an index entry has no file of its own: a submodule, or a path outside a sparse checkout.
 */
function standsForItself(worktree: string, entry: IndexEntry): boolean {
  const file = findFile(worktree, entry.path);
  if (entry.mode === submoduleMode) return file?.isDirectory() === true;
  return isSkipped(entry) && file === undefined;
}

interface ContentPaths {
  readonly files: readonly BytePath[];
  readonly special: readonly BytePath[];
}

/** Lists the paths of all files that are not ignored, tracked ones first. */
function contentPaths(worktree: string, look: WorktreeLook): ContentPaths {
  const paths = new Set([...look.entries.map((entry) => entry.path), ...look.untracked]);
  const files: BytePath[] = [];
  const special: BytePath[] = [];
  const folders = new Map<string, boolean>([[".", true]]);
  const isInRealFolder = (path: string): boolean => {
    const folder = dirname(path);
    const known = folders.get(folder);
    if (known !== undefined) return known;
    const real =
      isInRealFolder(folder) && findFile(worktree, folder as BytePath)?.isDirectory() === true;
    folders.set(folder, real);
    return real;
  };
  for (const path of paths) {
    // A tracked path below a folder that is a symlink now is gone: its file would belong elsewhere.
    const file = isInRealFolder(path) ? findFile(worktree, path) : undefined;
    if (file === undefined || file.isDirectory()) continue;
    if (file.isFile() || file.isSymbolicLink()) files.push(path);
    else special.push(path);
  }
  return { files, special };
}

/**
 * Writes the tree of the record: the index's content, kept reachable, and how to make the index
 * again.
 */
async function recordTree({ place, look, record, scratch }: Capture): Promise<Sha> {
  const { git } = place;
  const kept = look.entries.filter((entry) => !look.intent.has(entry.path));
  const lines = kept.map((entry) => {
    const folder = entry.stage === 0 ? "index" : `stage${entry.stage}`;
    return indexInfo({ ...entry, stage: 0 }, `${folder}/${entry.path}`);
  });
  const blobs = [
    ["index.entries", byteLines(look.entries.map(formatIndexEntry))],
    ["index.intent", byteLines([...look.intent])],
    ["record.json", `${JSON.stringify(record, undefined, 2)}\n`],
  ] as const;
  const folder = join(scratch, "record");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [name, content] of blobs) writeFileSync(join(folder, name), content);
  const input = blobs.map(([name]) => `${join(folder, name)}\n`).join("");
  const args = ["hash-object", "-w", "--no-filters", "--stdin-paths"];
  const oids = (await git.text(args, { input })).split("\n").map(parseSha);
  for (const [at, oid] of oids.entries()) {
    lines.push(indexInfo({ tag: "H", mode: "100644", oid, stage: 0 }, blobs[at]?.[0] ?? ""));
  }
  const env = { GIT_INDEX_FILE: join(scratch, "record.index") };
  const unprotected = ["-c", "core.protectNTFS=false", "-c", "core.protectHFS=false"];
  const update = [...unprotected, "update-index", "-z", "--index-info"];
  await git.text(update, { env, input: byteLines(lines) });
  return parseSha(await git.text(["write-tree"], { env }));
}

/** Measures the files that the ref will not hold. */
export async function measureNotHeld(
  worktree: string,
  look: WorktreeLook,
): Promise<readonly NotHeld[]> {
  const submodules = look.entries
    .filter((entry) => entry.mode === submoduleMode && entry.stage === 0)
    .map((entry) => entry.path);
  const kinds = [
    ["ignored", look.ignored],
    ["repository", look.nested],
    ["submodule", submodules],
    ["special", contentPaths(worktree, look).special],
  ] as const;
  const all: NotHeld[] = [];
  for (const [kind, paths] of kinds) {
    for (const path of paths) {
      const bytes = await folderSize(onDisk(worktree, path));
      // The empty folder of a submodule that was never filled is not worth a mention.
      if (bytes > 0 || kind !== "submodule") all.push({ path: shownPath(path), kind, bytes });
    }
  }
  return all;
}
