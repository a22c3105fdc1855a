import type { Change } from "../ground/git/changes.ts";
import type { RepoPath, Sha, TrackName } from "../ground/ids.ts";
import type { PatchedFile } from "../radar/symbols/patch.ts";

/** A line of a file, with the line break that ends it; the last line may have none. */
export type FileLine = string;

/** Lines of a file that stand side by side. */
export interface Row {
  /** The line of the race's base here. */
  readonly base: FileLine | undefined;
  /** The line here of each version with lines, in their order. */
  readonly cells: readonly (FileLine | undefined)[];
}

/** The version of a file by one candidate, or by several that agree. */
export interface CandidateVersion {
  readonly tracks: readonly TrackName[];
  readonly change: "added" | "changed" | "removed";
  /** The new mode as six octal digits, when it differs from the former: 100755 can be executed. */
  readonly mode: string | undefined;
}

/** A file that candidates changed, with the version of each. */
export interface FileVersions {
  readonly path: RepoPath;
  readonly versions: readonly CandidateVersion[];
  /** Candidates that leave the file as it was. */
  readonly untouched: readonly TrackName[];
  /**
   * The rows, with a cell for each version that does not remove the file; null when its lines
   * cannot be shown.
   */
  readonly rows: readonly Row[] | null;
}

/** The files of a race side by side. */
export interface RaceVersions {
  readonly race: string;
  readonly base: Sha;
  readonly candidates: readonly { readonly track: TrackName; readonly agent: string }[];
  readonly files: readonly FileVersions[];
  /** How many further files were changed, and were not looked at. */
  readonly left: number;
}

/** Whether all candidates change the file, and in the same way. */
export const isAgreed = ({
  versions,
  untouched,
}: Pick<FileVersions, "versions" | "untouched">): boolean =>
  versions.length === 1 &&
  untouched.length === 0 &&
  versions.every(({ tracks }) => tracks.length > 1);

/** Lists the versions that do not remove the file: each has a column. */
export const written = ({
  versions,
}: Pick<FileVersions, "versions">): readonly CandidateVersion[] =>
  versions.filter(({ change }) => change !== "removed");

/** Groups candidates by their version of each file, in the order of the paths. Pure. */
export function groupVersions(
  changes: ReadonlyMap<TrackName, readonly Change[]>,
): readonly Omit<FileVersions, "rows">[] {
  const files = new Map<RepoPath, Map<string, CandidateVersion>>();
  for (const [track, all] of changes) {
    for (const { path, before, after } of all) {
      const versions = files.get(path) ?? new Map<string, CandidateVersion>();
      const key = after === undefined ? "" : `${after.mode} ${after.sha}`;
      const tracks = [...(versions.get(key)?.tracks ?? []), track];
      const change = before === undefined ? "added" : after === undefined ? "removed" : "changed";
      const mode = before !== undefined && before.mode !== after?.mode ? after?.mode : undefined;
      files.set(path, versions.set(key, { tracks, change, mode }));
    }
  }
  return [...files]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, byContent]) => {
      const versions = [...byContent.values()];
      const touchers = new Set(versions.flatMap(({ tracks }) => tracks));
      const untouched = [...changes.keys()].filter((track) => !touchers.has(track));
      return { path, versions, untouched };
    });
}

/** A side of a patch beside the other, line by line. */
interface Beside {
  readonly own: readonly FileLine[];
  /** The other side's line beside each own line; undefined when it has none there. */
  readonly beside: readonly (FileLine | undefined)[];
  /**
   * Lines that only the other side has, above each own line and, as the last element, below all.
   */
  readonly above: readonly (readonly FileLine[])[];
}

/**
 * Puts versions of a file in line with the first of them, from which all patches lead.
 * @param base the patch to the race's base; undefined when that is the same
 * @param others the patch to each further version; undefined for one that is the same
 */
export function rowsOf(
  base: PatchedFile | undefined,
  others: readonly (PatchedFile | undefined)[],
): readonly Row[] {
  const sides = [base, ...others].map((patch) =>
    // A patch without hunks only changes the mode, or concerns an empty file.
    patch === undefined || patch.hunks.length === 0 ? undefined : besideOf(patch),
  );
  const own = sides.find((side) => side !== undefined)?.own ?? [];
  const same: Beside = { own, beside: own, above: [] };
  const all = sides.map((side) => side ?? same);
  const rowOf = (first: FileLine | undefined, lines: readonly (FileLine | undefined)[]): Row => {
    return { base: lines[0], cells: [first, ...lines.slice(1)] };
  };
  const rows: Row[] = [];
  for (let at = 0; at <= own.length; at += 1) {
    const above = all.map((side) => side.above[at] ?? []);
    const height = Math.max(...above.map(({ length }) => length));
    for (let next = 0; next < height; next += 1) {
      rows.push(
        rowOf(
          undefined,
          above.map((lines) => lines[next]),
        ),
      );
    }
    if (at === own.length) break;
    rows.push(
      rowOf(
        own[at],
        all.map(({ beside }) => beside[at]),
      ),
    );
  }
  return rows;
}

function besideOf({ hunks }: PatchedFile): Beside {
  const own: FileLine[] = [];
  const beside: (FileLine | undefined)[] = [];
  const above: FileLine[][] = [[]];
  let [removed, added]: [FileLine[], FileLine[]] = [[], []];
  const settle = (): void => {
    for (const [at, line] of removed.entries()) {
      own.push(line);
      beside.push(added[at]);
      above.push([]);
    }
    above.at(-1)?.push(...added.slice(removed.length));
    [removed, added] = [[], []];
  };
  for (const { rows } of hunks) {
    for (const [at, row] of rows.entries()) {
      const line = rows[at + 1]?.startsWith("\\") === true ? row.slice(1) : `${row.slice(1)}\n`;
      if (row.startsWith("-")) removed.push(line);
      else if (row.startsWith("+")) added.push(line);
      else if (row.startsWith(" ")) {
        settle();
        [removed, added] = [[line], [line]];
        settle();
      }
    }
  }
  settle();
  return { own, beside, above };
}

/** Whether no version changes this line. */
export const isKept = ({ base, cells }: Row): boolean => cells.every((cell) => cell === base);

/** Whether all versions with a column are the same here. */
export const isSameRow = ({ cells }: Row): boolean => cells.every((cell) => cell === cells[0]);

/** Lines that belong together, from a line of a file on (from 1). */
interface Stretch {
  readonly line: number;
  readonly text: string;
}

/** A place at which a version has changed something. */
export interface Region {
  /** Whether all versions are the same here. */
  readonly agreed: boolean;
  readonly base: Stretch;
  readonly versions: readonly Stretch[];
}

/**
 * Finds the places at which a file was changed; places where all versions agree are apart from the
 * others. Pure.
 */
export function regionsOf(rows: readonly Row[]): readonly Region[] {
  const next: number[] = [];
  const regions: Region[] = [];
  let open: { readonly agreed: boolean; readonly from: readonly number[]; rows: Row[] } | undefined;
  const close = (): void => {
    if (open === undefined) return;
    const { agreed, from, rows: own } = open;
    const stretch = (pick: (row: Row) => FileLine | undefined, at: number): Stretch => {
      return { line: from[at] ?? 1, text: own.map((row) => pick(row) ?? "").join("") };
    };
    const versions = (own[0]?.cells ?? []).map((_, at) =>
      stretch(({ cells }) => cells[at], at + 1),
    );
    regions.push({ agreed, base: stretch(({ base }) => base, 0), versions });
    open = undefined;
  };
  for (const row of rows) {
    if (isKept(row) || open?.agreed !== isSameRow(row)) close();
    if (!isKept(row)) {
      const lines = [row.base, ...row.cells];
      open ??= {
        agreed: isSameRow(row),
        from: lines.map((_, at) => (next[at] ?? 0) + 1),
        rows: [],
      };
      open.rows.push(row);
    }
    for (const [at, line] of [row.base, ...row.cells].entries()) {
      if (line !== undefined) next[at] = (next[at] ?? 0) + 1;
    }
  }
  close();
  return regions;
}

/** Formats the `compare --diff` document of schema 1 (docs/schema/compare-diff.json). */
export function formatVersions({ files, ...race }: RaceVersions): object {
  return {
    ...race,
    files: files.map((file) => ({
      ...{ path: file.path, agreed: isAgreed(file), untouched: file.untouched },
      versions: file.versions.map(({ tracks, change, mode }) => {
        return { tracks, change, ...(mode === undefined ? {} : { mode }) };
      }),
      regions: file.rows === null ? null : regionsOf(file.rows),
    })),
  };
}
