import { cut, folded, type Paper, padded, paint, type Style, wrapped } from "../ground/paper.ts";
import { plain, plainLine } from "../ground/text.ts";
import {
  type CandidateVersion,
  type FileLine,
  type FileVersions,
  isAgreed,
  isKept,
  isSameRow,
  type RaceVersions,
  type Row,
  written,
} from "../race/versions.ts";

/** A line of one version as a diff shows it. */
interface Cell {
  readonly mark: " " | "-" | "+";
  /** The line's number in the version, from 1; a removed line has none. */
  readonly number: number | undefined;
  readonly text: string;
}

/** A line of the picture, across all versions; undefined where one has nothing to show. */
interface Strip {
  readonly cells: readonly (Cell | undefined)[];
  readonly look: "kept" | "same" | "apart";
}

/** Lines shown around a change. */
const around = 3;
/**
 * Narrowest column, in characters: narrower ones are unreadable, so versions stand below each
 * other.
 */
const narrowest = 36;
const gutter = 3;
/** Most rows of a wrapped line: a longer line was made by a program. */
const mostPieces = 12;

/**
 * Formats the files of a race with the candidates' versions side by side, as wide as the paper.
 * Pure.
 */
export function formatSideBySide(versions: RaceVersions, paper: Paper): readonly string[] {
  const { race, base, candidates, files, left } = versions;
  const names = candidates.map(({ track, agent }) => `${track} ${plainLine(agent)}`).join(", ");
  return [
    ...wrapped(`race ${race} from ${base.slice(0, 9)}: ${names}`, paper.width),
    ...(files.length === 0 ? ["", "no candidate has committed a change"] : []),
    ...files.flatMap((file) => ["", ...formatFile(file, paper)]),
    ...(files.some((file) => written(file).length > 1)
      ? ["", paint("= the same change on both sides", "dim", paper)]
      : []),
    ...(left === 0 ? [] : ["", `and ${left} files more: name those you want to see`]),
  ];
}

function formatFile(file: FileVersions, paper: Paper): readonly string[] {
  const said = factsOf(file).join("; ");
  const facts = said === "" ? [] : wrapped(said, paper.width - 2);
  const strips = windowOf(stripsOf(file.rows ?? []));
  const own = written(file);
  const atOnce = Math.max(1, Math.floor((paper.width + gutter) / (narrowest + gutter)));
  const bands = Math.ceil(own.length / atOnce);
  const perBand = Math.ceil(own.length / Math.max(1, bands));
  const lines: string[] = [];
  for (let from = 0; strips.length > 0 && from < own.length; from += perBand) {
    const band = { from, count: Math.min(perBand, own.length - from) };
    if (own.length > 1) lines.push(...(from === 0 ? [] : [""]), heads(own, band, paper));
    lines.push(...drawn(strips, band, paper));
  }
  return [
    paint(cut(plainLine(file.path), paper.width), "bold", paper),
    ...facts.map((line) => paint(`  ${line}`, "dim", paper)),
    ...lines,
  ];
}

/** Lists the facts about a file besides its lines. */
export function factsOf(file: FileVersions): readonly string[] {
  const { versions, untouched, rows } = file;
  const isNew = versions.some(({ change }) => change === "added");
  const rest = untouched.length > 1 ? "leave" : "leaves";
  return [
    ...(isAgreed(file) ? [`all ${alike(versions[0]?.change)}`] : doneTo(file)),
    ...versions.flatMap(({ mode, tracks }) =>
      mode === undefined ? [] : [`its mode is ${mode} in ${named(tracks)}`],
    ),
    ...(untouched.length === 0
      ? []
      : [isNew ? `it is not in ${named(untouched)}` : `${named(untouched)} ${rest} it as it was`]),
    ...(rows === null ? ["binary or very large: no lines to show"] : []),
  ];
}

const alike = (change: CandidateVersion["change"] | undefined): string =>
  change === "added" ? "add the same" : change === "removed" ? "remove it" : "make the same change";

/** Says which candidates changed a file and how, unless their columns say it. */
function doneTo({ versions, rows }: FileVersions): readonly string[] {
  const together = versions.filter(({ tracks }) => tracks.length > 1);
  const said = together.map(({ tracks, change }) => `${named(tracks)} ${alike(change)}`);
  for (const change of ["added", "changed", "removed"] as const) {
    const alone = versions
      .filter((one) => one.change === change && one.tracks.length === 1)
      .flatMap(({ tracks }) => tracks);
    const isSeen = change === "changed" && rows !== null && versions.length > 1;
    if (alone.length === 0 || isSeen) continue;
    const what = { added: "adds it", changed: "changes it", removed: "removes it" }[change];
    const each = change === "added" ? "each add their own" : "each change it in their own way";
    said.push(`${named(alone)} ${alone.length === 1 ? what : each}`);
  }
  return said;
}

/** Joins names as `a, b and c`. */
export function named(tracks: readonly string[]): string {
  const last = tracks.at(-1) ?? "";
  return tracks.length < 2 ? last : `${tracks.slice(0, -1).join(", ")} and ${last}`;
}

/**
 * Arranges rows so that each column reads like a diff of its own, and all keep in line: removed
 * lines come before their replacement, as long as no version keeps a line in between.
 */
function stripsOf(rows: readonly Row[]): readonly Strip[] {
  const next: number[] = [];
  const strips: Strip[] = [];
  let coming: Strip[] = [];
  for (const row of rows) {
    const { base, cells } = row;
    if (cells.some((cell) => cell !== undefined && cell === base)) {
      strips.push(...coming);
      coming = [];
    }
    const numbers = cells.map((cell, at) => {
      if (cell !== undefined) next[at] = (next[at] ?? 0) + 1;
      return next[at];
    });
    const look = isKept(row) ? "kept" : isSameRow(row) ? "same" : "apart";
    const cellsOf = (
      pick: (cell: FileLine | undefined, at: number) => Cell | undefined,
    ): Strip => ({
      cells: cells.map(pick),
      look,
    });
    if (base !== undefined) {
      const old = cellsOf((cell, at) => {
        const isOwn = cell === base;
        return { mark: isOwn ? " " : "-", number: isOwn ? numbers[at] : undefined, text: base };
      });
      const isTakenByAll = look !== "kept" && old.cells.every((cell) => cell?.mark === "-");
      strips.push(isTakenByAll ? { ...old, look: "same" } : old);
    }
    const fresh = cellsOf((cell, at) =>
      cell === undefined || cell === base
        ? undefined
        : { mark: "+", number: numbers[at], text: cell },
    );
    if (fresh.cells.some((cell) => cell !== undefined)) coming.push(fresh);
  }
  return [...strips, ...coming];
}

/** Chooses the changes with some lines around them; "gap" where others are left out. */
function windowOf(strips: readonly Strip[]): readonly (Strip | "gap")[] {
  const near = strips.map((_, at) =>
    strips.slice(Math.max(0, at - around), at + around + 1).some(({ look }) => look !== "kept"),
  );
  const shown: (Strip | "gap")[] = [];
  for (const [at, strip] of strips.entries()) {
    if (near[at] === true) shown.push(strip);
    else if (shown.length > 0 && shown.at(-1) !== "gap") shown.push("gap");
  }
  if (shown.at(-1) === "gap") shown.pop();
  return shown;
}

interface Band {
  readonly from: number;
  readonly count: number;
}

const widthOf = (count: number, paper: Paper): number =>
  Math.floor((paper.width - gutter * (count - 1)) / count);

function heads(own: readonly CandidateVersion[], { from, count }: Band, paper: Paper): string {
  const band = own.slice(from, from + count);
  const width = widthOf(count, paper);
  return band
    .map(({ tracks }) => paint(padded(cut(tracks.join(" "), width), width), "bold", paper))
    .join(paint(" │ ", "dim", paper))
    .trimEnd();
}

function drawn(
  strips: readonly (Strip | "gap")[],
  { from, count }: Band,
  paper: Paper,
): readonly string[] {
  const numbers = strips.flatMap((strip) =>
    strip === "gap" ? [] : strip.cells.map((cell) => cell?.number ?? 0),
  );
  const digits = Math.max(3, String(Math.max(0, ...numbers)).length);
  const width = widthOf(count, paper);
  return strips.flatMap((strip) => {
    if (strip === "gap") return [paint("⋮".padStart(digits), "dim", paper)];
    const cells = strip.cells.slice(from, from + count);
    if (cells.every((cell) => cell === undefined)) return [];
    const pieces = cells.map((cell) => piecesOf(cell, { digits, width }));
    const height = Math.max(...pieces.map(({ length }) => length));
    return Array.from({ length: height }, (_, at) =>
      cells
        .map((cell, column) => {
          const piece = pieces[column]?.[at] ?? "";
          if (column === count - 1) return paint(piece.trimEnd(), styleOf(cell, strip), paper);
          const own = paint(padded(piece, width), styleOf(cell, strip), paper);
          const mark = areAlike(cell, cells[column + 1]) ? " = " : " │ ";
          return own + paint(mark, "dim", paper);
        })
        .join(""),
    );
  });
}

/** Whether both versions make the same change. */
const areAlike = (one: Cell | undefined, other: Cell | undefined): boolean =>
  one !== undefined && one.mark !== " " && one.mark === other?.mark && one.text === other.text;

function styleOf(cell: Cell | undefined, { look }: Strip): Style {
  if (cell === undefined || cell.mark === " ") return "reset";
  const color = cell.mark === "+" ? "green" : "red";
  return look === "same" ? [color, "dim"] : color;
}

function piecesOf(
  cell: Cell | undefined,
  { digits, width }: { readonly digits: number; readonly width: number },
): readonly string[] {
  if (cell === undefined) return [""];
  const number = cell.number === undefined ? "" : String(cell.number);
  const pieces = folded(shownLine(cell.text), Math.max(1, width - digits - 3));
  const left = pieces.length > mostPieces ? [...pieces.slice(0, mostPieces - 1), "…"] : pieces;
  return left.map(
    (piece, at) =>
      `${at === 0 ? number.padStart(digits) : " ".repeat(digits)} ${cell.mark} ${piece}`,
  );
}

/** Shows a line as a terminal does: tabs as spaces, and its end where that is unusual. */
function shownLine(line: FileLine): string {
  const text = line.replace(/\r?\n$/, "");
  const end = line.endsWith("\r\n") ? "^M" : line.endsWith("\n") ? "" : " (no line break)";
  let shown = "";
  for (const [at, part] of plain(text).split("\t").entries()) {
    shown += at === 0 ? part : " ".repeat(tabWidth - (shown.length % tabWidth)) + part;
  }
  return shown + end;
}

const tabWidth = 4;
