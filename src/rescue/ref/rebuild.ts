import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BytePath, byteFields, byteLines } from "../../ground/git/byte-path.ts";
import type { Git } from "../../ground/git/git.ts";
import {
  type IndexEntry,
  indexEntries,
  indexInfo,
  isAssumed,
  isSkipped,
  parseIndexEntry,
} from "../../ground/git/index-entries.ts";
import { rawEnv } from "../../ground/git/raw.ts";
import type { Repo } from "../../ground/git/repo.ts";
import type { Sha } from "../../ground/ids.ts";
import { parseRecord, type RescueRecord } from "./record.ts";

/** The commit of a rescue ref, read back. */
export interface Rescue {
  readonly commit: Sha;
  readonly record: RescueRecord;
  /** The index to the letter. */
  readonly entries: readonly IndexEntry[];
  readonly intent: readonly BytePath[];
}

/** @throws PleachError `git/failed`, `rescue/unreadable` */
export async function readRescue(git: Git, ref: string, commit: Sha): Promise<Rescue> {
  const aside = `${commit}^2`;
  const [record, entries, intent] = await Promise.all([
    git.text(["cat-file", "blob", `${aside}:record.json`]),
    byteFields(git, ["cat-file", "blob", `${aside}:index.entries`]),
    byteFields(git, ["cat-file", "blob", `${aside}:index.intent`]),
  ]);
  return {
    commit,
    record: parseRecord(record, ref),
    entries: entries.map(parseIndexEntry),
    intent,
  };
}

interface RebuildGround {
  readonly git: Git;
  readonly repo: Repo;
}

/**
 * Writes the files of a rescue below a folder, byte for byte; can be run again over its own work.
 */
export async function rebuildFiles(
  { git, repo }: RebuildGround,
  rescue: Rescue,
  at: { readonly folder: string; readonly scratch: string },
): Promise<void> {
  mkdirSync(at.folder, { recursive: true });
  rmSync(at.scratch, { recursive: true, force: true });
  try {
    const env = rawEnv({
      commonDir: repo.commonDir,
      folder: at.scratch,
      workTree: at.folder,
      anyObject: rescue.commit,
    });
    const door = git.at(at.folder);
    await door.text(["read-tree", rescue.commit], { env });
    const skipped = new Map(
      rescue.entries.filter(isSkipped).map((entry) => [entry.path, entry.oid] as const),
    );
    // Paths outside a sparse checkout are in the tree only for completeness.
    const wanted = (await indexEntries(door, { env }))
      .filter((entry) => skipped.get(entry.path) !== entry.oid)
      .map((entry) => entry.path);
    const args = ["checkout-index", "--force", "--quiet", "-z", "--stdin"];
    await door.text(args, { env, input: byteLines(wanted) });
  } finally {
    rmSync(at.scratch, { recursive: true, force: true });
  }
}

/**
 * Makes the registration of a worktree anew: HEAD and index as they were. The reflog is gone, and
 * so is an operation that was in progress. Can be run again over its own work.
 */
export async function rebuildRegistration(
  git: Git,
  aside: string,
  from: { readonly record: RescueRecord; readonly rescue: Rescue | undefined },
): Promise<void> {
  const { record, rescue } = from;
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  writeFileSync(join(aside, "commondir"), "../..\n");
  writeFileSync(join(aside, "HEAD"), headLine(record));
  const index = join(aside, "index");
  rmSync(index, { force: true });
  const env = { GIT_INDEX_FILE: index };
  if (rescue === undefined) {
    if (record.head !== null) await git.text(["read-tree", record.head], { env });
    return;
  }
  const intent = new Set(rescue.intent);
  const entries = rescue.entries.filter((entry) => !intent.has(entry.path));
  const lines = byteLines(entries.map((entry) => indexInfo(entry, entry.path)));
  const write = ["update-index"];
  await git.text([...write, "-z", "--index-info"], { env, input: lines });
  const mark = async (flag: string, marked: readonly IndexEntry[]): Promise<void> => {
    if (marked.length === 0) return;
    const input = byteLines(marked.map((entry) => entry.path));
    await git.text([...write, flag, "-z", "--stdin"], { env, input });
  };
  await mark("--skip-worktree", entries.filter(isSkipped));
  await mark("--assume-unchanged", entries.filter(isAssumed));
}

export function headLine(record: RescueRecord): string {
  return `${record.headRef === null ? record.head : `ref: ${record.headRef}`}\n`;
}
