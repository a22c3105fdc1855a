import { parseSha, type Sha } from "../ids.ts";
import { type BytePath, byteFields } from "./byte-path.ts";
import type { Git, GitOptions } from "./git.ts";

/** An entry of the index. */
export interface IndexEntry {
  /**
   * The tag of `ls-files -v`: `S` skip-worktree, `M` unmerged, `H` else; lower case when assumed
   * unchanged.
   */
  readonly tag: string;
  /** An octal number: 100644, 100755, 120000, or 160000 for a submodule. */
  readonly mode: string;
  readonly oid: Sha;
  /** The stage: 0, or 1 (base), 2 (ours), 3 (theirs) of a conflict. */
  readonly stage: number;
  readonly path: BytePath;
}

export const submoduleMode = "160000";

/** Reads the index without refreshing it. */
export async function indexEntries(git: Git, options: GitOptions): Promise<readonly IndexEntry[]> {
  return (await byteFields(git, ["ls-files", "-v", "--stage", "-z"], options)).map(parseIndexEntry);
}

/** Reads one line of `ls-files -v --stage -z`. */
export function parseIndexEntry(line: string): IndexEntry {
  const match = /^(\S) ([0-7]+) ([0-9a-f]+) ([0-3])\t(.+)$/s.exec(line);
  if (match === null) throw new Error(`unreadable index entry: ${JSON.stringify(line)}`);
  const [, tag = "", mode = "", oid = "", stage, path = ""] = match;
  return { tag, mode, oid: parseSha(oid), stage: Number(stage), path: path as BytePath };
}

export function formatIndexEntry({ tag, mode, oid, stage, path }: IndexEntry): string {
  return `${tag} ${mode} ${oid} ${stage}\t${path}`;
}

/** Returns a line for `update-index -z --index-info`. */
export function indexInfo({ mode, oid, stage }: Omit<IndexEntry, "path">, path: string): string {
  return `${mode} ${oid} ${stage}\t${path}`;
}

export const isSkipped = (entry: IndexEntry): boolean => entry.tag.toUpperCase() === "S";
/** Whether git does not look at the entry's file, so that a change in it shows nowhere. */
export const isAssumed = (entry: IndexEntry): boolean => entry.tag !== entry.tag.toUpperCase();
