/** One file of a patch without context lines. */
export interface FilePatch {
  /** Undefined for an added file. */
  readonly before: string | undefined;
  /** Undefined for a removed file. */
  readonly after: string | undefined;
  readonly removed: readonly string[];
  readonly added: readonly AddedLine[];
}

export interface AddedLine {
  /** In the new file, from 1. */
  readonly line: number;
  readonly text: string;
}

interface Reading {
  before: string | undefined;
  after: string | undefined;
  readonly removed: string[];
  readonly added: AddedLine[];
  /** The next line of the new file, and how many are left of the hunk on each side. */
  at: number;
  left: { old: number; new: number };
}

/**
 * Reads `git diff-tree --stdin -r -p -U0 -M`: for each pair of trees its two names on a line, then
 * its files. Binary files have no lines; a name git had to quote is left out.
 * @returns the files by the second tree
 */
export function parsePatches(output: string): ReadonlyMap<string, readonly FilePatch[]> {
  const found = new Map<string, Reading[]>();
  let files: Reading[] = [];
  let file: Reading | undefined;
  for (const row of output.split("\n")) {
    if (file !== undefined && (file.left.old > 0 || file.left.new > 0)) {
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

const pairHeader = /^[0-9a-f]{40,64} ([0-9a-f]{40,64})$/;

function newFile(row: string): Reading {
  const name = sameName(row.slice("diff --git ".length));
  const left = { old: 0, new: 0 };
  return { before: name, after: name, removed: [], added: [], at: 1, left };
}

/** `a/NAME b/NAME`: what it says when neither a rename nor lines follow. */
function sameName(names: string): string | undefined {
  const half = (names.length - 1) / 2;
  const [ours, theirs] = [names.slice(2, half), names.slice(half + 3)];
  return ours === theirs ? ours : undefined;
}

function readHeader(file: Reading, row: string): void {
  const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(row);
  if (hunk !== null) {
    file.left = { old: Number(hunk[1] ?? 1), new: Number(hunk[3] ?? 1) };
    file.at = Number(hunk[2]);
  } else if (row.startsWith("rename from ")) file.before = row.slice(12);
  else if (row.startsWith("rename to ")) file.after = row.slice(10);
  else if (row.startsWith("new file mode ")) file.before = undefined;
  else if (row.startsWith("deleted file mode ")) file.after = undefined;
}

function readLine(file: Reading, row: string): void {
  if (row.startsWith("-")) {
    file.removed.push(row.slice(1));
    file.left.old -= 1;
  } else if (row.startsWith("+")) {
    file.added.push({ line: file.at, text: row.slice(1) });
    file.at += 1;
    file.left.new -= 1;
  } else if (!row.startsWith("\\")) {
    // Not a patch any more: better no lines than wrong ones.
    file.left = { old: 0, new: 0 };
  }
}
