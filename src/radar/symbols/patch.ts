import { decoded, encoded } from "../../ground/text.ts";
/** A file of a patch without context lines. */
export interface FilePatch {
  /** The former path; undefined for an added file. */
  readonly before: string | undefined;
  /** The new path; undefined for a removed file. */
  readonly after: string | undefined;
  readonly removed: readonly string[];
  readonly added: readonly AddedLine[];
}

export interface AddedLine {
  /** The line in the new file, from 1. */
  readonly line: number;
  readonly text: string;
}

/** A file of a patch, hunk by hunk. */
export interface PatchedFile extends Pick<FilePatch, "before" | "after"> {
  /** Whether git shows no lines of the file. */
  readonly isBinary: boolean;
  readonly hunks: readonly PatchHunk[];
}

export interface PatchHunk {
  /** The line in the new file where the hunk begins, from 1. */
  readonly at: number;
  /** The rows as they stand in the patch: a space, `-`, `+` or `\\` comes first. */
  readonly rows: readonly string[];
}

interface Reading {
  before: string | undefined;
  after: string | undefined;
  isBinary: boolean;
  readonly hunks: { readonly at: number; readonly rows: string[] }[];
  /** The number of lines left of the hunk on each side. */
  left: { old: number; new: number };
}

/**
 * Reads `git diff-tree --stdin -r -p -U0 -M`: for each pair of trees its two names on a line, then
 * its files. Binary files have no lines.
 * @returns the files by the second tree
 */
export function parsePatches(output: string): ReadonlyMap<string, readonly FilePatch[]> {
  return new Map([...parseHunksOf(output)].map(([tree, files]) => [tree, files.map(linesOf)]));
}

function linesOf({ before, after, hunks }: PatchedFile): FilePatch {
  const removed: string[] = [];
  const added: AddedLine[] = [];
  for (const { at, rows } of hunks) {
    let line = at;
    for (const row of rows) {
      if (row.startsWith("-")) removed.push(row.slice(1));
      else if (!row.startsWith("\\")) {
        if (row.startsWith("+")) added.push({ line, text: row.slice(1) });
        line += 1;
      }
    }
  }
  return { before, after, removed, added };
}

/**
 * Reads the same output, with or without lines around the changes. @returns the files by the second
 * tree
 */
export function parseHunksOf(output: string): ReadonlyMap<string, readonly PatchedFile[]> {
  const found = new Map<string, Reading[]>();
  let files: Reading[] = [];
  let file: Reading | undefined;
  for (const row of output.split("\n")) {
    if (file !== undefined && isInHunk(file, row)) {
      readLine(file, row);
      continue;
    }
    const pair = pairHeader.exec(row);
    if (pair !== null) {
      files = [];
      found.set(pair[1] ?? "", files);
      file = undefined;
    } else if (row.startsWith("diff --git ")) {
      file = newFile(row);
      files.push(file);
    } else if (file !== undefined) readHeader(file, row);
  }
  return found;
}

const isInHunk = ({ left, hunks }: Reading, row: string): boolean =>
  left.old > 0 || left.new > 0 || (hunks.length > 0 && row.startsWith("\\"));

const pairHeader = /^[0-9a-f]{40,64} ([0-9a-f]{40,64})$/;

function newFile(row: string): Reading {
  const name = sameName(row.slice("diff --git ".length));
  return { before: name, after: name, isBinary: false, hunks: [], left: { old: 0, new: 0 } };
}

/** Reads `a/NAME b/NAME`, whose name counts when neither a rename nor lines follow. */
function sameName(names: string): string | undefined {
  const half = (names.length - 1) / 2;
  const isQuoted = names.startsWith('"a/');
  const from = isQuoted ? 3 : 2;
  const [ours, theirs] = [names.slice(from, half), names.slice(half + 1 + from)];
  if (ours !== theirs) return undefined;
  return isQuoted ? unquoted(`"${ours}`) : ours;
}

/** Unquotes a name as git writes it in a patch: in quotes, with escapes, where it has to be. */
function unquoted(name: string): string {
  if (!/^".*"$/.test(name)) return name;
  const bytes: Buffer[] = [];
  for (const [part, code] of name.slice(1, -1).matchAll(/\\([0-7]{3}|.)|[^\\]+/gs)) {
    if (code === undefined) bytes.push(encoded(part));
    else if (code.length === 3) bytes.push(Buffer.from([Number.parseInt(code, 8) & 0xff]));
    else bytes.push(Buffer.from(escapes[code] ?? code));
  }
  return decoded(Buffer.concat(bytes));
}

const escapes: Readonly<Record<string, string>> = {
  ...{ a: "\x07", b: "\b", t: "\t", n: "\n", v: "\v", f: "\f", r: "\r" },
};

function readHeader(file: Reading, row: string): void {
  const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(row);
  if (hunk !== null) {
    file.left = { old: Number(hunk[1] ?? 1), new: Number(hunk[3] ?? 1) };
    file.hunks.push({ at: Number(hunk[2]), rows: [] });
  } else if (row.startsWith("rename from ")) file.before = unquoted(row.slice(12));
  else if (row.startsWith("rename to ")) file.after = unquoted(row.slice(10));
  else if (row.startsWith("new file mode ")) file.before = undefined;
  else if (row.startsWith("deleted file mode ")) file.after = undefined;
  else if (row.startsWith("Binary files ")) file.isBinary = true;
}

function readLine(file: Reading, row: string): void {
  const mark = row[0];
  if (mark === "-" || mark === " ") file.left.old -= 1;
  if (mark === "+" || mark === " ") file.left.new -= 1;
  if (mark === "-" || mark === "+" || mark === " " || mark === "\\")
    file.hunks.at(-1)?.rows.push(row);
  // Not a patch any more: no lines are better than wrong lines.
  else file.left = { old: 0, new: 0 };
}
