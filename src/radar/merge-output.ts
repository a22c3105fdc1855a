import type { TreeEntry } from "../ground/git/changes.ts";
import { parseSha, type Sha } from "../ground/ids.ts";
import type { Hunk } from "./scan.ts";
import type { Stages } from "./settle.ts";

/** The result that git gives for a merge. */
export interface MergeOutput {
  /** The merged tree; files in conflict have markers in it. */
  readonly tree: Sha;
  readonly clean: boolean;
  /** The files in conflict, by their names in `tree`, with the entry of each side. */
  readonly files: ReadonlyMap<string, Stages>;
}

/**
 * Reads `git merge-tree --stdin -z --no-messages`: for each merge `STATUS NUL TREE NUL (MODE SP SHA
 * SP STAGE TAB FILE NUL)* NUL`, where the status is 1 for a clean merge.
 */
export function parseMerges(output: string): readonly MergeOutput[] {
  const fields = output.split("\0");
  const merges: MergeOutput[] = [];
  for (let at = 0; at + 2 < fields.length; ) {
    const status = fields[at];
    const tree = parseSha(fields[at + 1] ?? "");
    const end = fields.indexOf("", at + 2);
    if ((status !== "0" && status !== "1") || end < 0) throw new Error("unreadable merge-tree");
    merges.push({ tree, clean: status === "1", files: parseStages(fields.slice(at + 2, end)) });
    at = end + 1;
  }
  return merges;
}

function parseStages(entries: readonly string[]): ReadonlyMap<string, Stages> {
  const files = new Map<string, { [stage: string]: TreeEntry }>();
  for (const entry of entries) {
    const tab = entry.indexOf("\t");
    const [mode = "", sha = "", stage = ""] = entry.slice(0, tab).split(" ");
    const file = entry.slice(tab + 1);
    const known = files.get(file) ?? {};
    known[stage] = { mode, sha: parseSha(sha) };
    files.set(file, known);
  }
  return new Map(
    [...files].map(([file, at]) => [file, { base: at["1"], target: at["2"], track: at["3"] }]),
  );
}

/** Returns the path in the repository of a file in conflict: `node~COMMIT` stands for `node`. */
export function pathOfFile(file: string): string {
  return file.replace(/~[0-9a-f]{40}(?:[0-9a-f]{24})?(?:_\d+)?$/, "");
}

/** The differences of a tree from another. */
export interface TreeDifference {
  readonly changed: readonly string[];
  /** The folders that are gone, with all that was in them. */
  readonly emptied: readonly string[];
}

/**
 * Reads `git diff-tree --stdin -r -t -z --raw --no-renames`: for each pair of trees its two names
 * on a line, then `:MODE MODE SHA SHA STATUS NUL PATH NUL` for each entry, folders included.
 * @returns the differences by the second tree
 */
export function parseDifferences(output: string): ReadonlyMap<string, TreeDifference> {
  const found = new Map<string, { changed: string[]; emptied: string[] }>();
  let current = { changed: [] as string[], emptied: [] as string[] };
  const fields = output.split("\0");
  for (let at = 0; at + 1 < fields.length; at += 2) {
    let entry = fields[at] ?? "";
    // Trees that do not differ have a line with their names, and nothing else.
    for (let names = header.exec(entry); names !== null; names = header.exec(entry)) {
      current = { changed: [], emptied: [] };
      found.set(names[1] ?? "", current);
      entry = entry.slice(names[0].length);
    }
    const [before = "", after = ""] = entry.slice(1).split(" ");
    const path = fields[at + 1] ?? "";
    if (before === folderMode && after === folderMode) continue;
    if (before === folderMode) current.emptied.push(path);
    else if (before !== nothing || after !== folderMode) current.changed.push(path);
  }
  return found;
}

const header = /^[0-9a-f]{40,64} ([0-9a-f]{40,64})\n/;
const folderMode = "040000";
const nothing = "000000";

const shownLines = 12;
const shownHunks = 20;

/** Reads the hunks between conflict markers in a merged file. */
export function parseHunks(text: string): readonly Hunk[] {
  const hunks: Hunk[] = [];
  let line = 1;
  let ours: string[] | undefined;
  let theirs: string[] | undefined;
  let began = 1;
  for (const row of text.split("\n")) {
    if (ours === undefined) {
      if (/^<{7}(?: |$)/.test(row)) {
        ours = [];
        began = line;
      } else line += 1;
    } else if (theirs === undefined) {
      if (/^={7}$/.test(row)) theirs = [];
      else {
        ours.push(row);
        line += 1;
      }
    } else if (/^>{7}(?: |$)/.test(row)) {
      hunks.push({
        line: began,
        ours: ours.slice(0, shownLines),
        theirs: theirs.slice(0, shownLines),
      });
      ours = undefined;
      theirs = undefined;
    } else theirs.push(row);
  }
  return hunks.slice(0, shownHunks);
}
