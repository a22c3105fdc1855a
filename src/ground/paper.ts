import { styleText } from "node:util";
import { plain } from "./text.ts";

/** The medium that is written on: a terminal, a pipe, a file. */
export interface Paper {
  /** The width in columns; lines are cut to it, so that a terminal never wraps them. */
  readonly width: number;
  readonly color: boolean;
  /**
   * A word that marks the styles which are set here, and that text from elsewhere cannot hold,
   * because it is not known beforehand; `inked` lets marked styles through and no other.
   */
  readonly mark?: string;
}

export type Style = Parameters<typeof styleText>[0];

/**
 * Counts the columns that text takes in a terminal: East Asian wide characters and emoji take two.
 */
export function columns(text: string): number {
  let width = 0;
  for (const grapheme of graphemes(text)) width += columnsOf(grapheme);
  return width;
}

/** Cuts text to a number of columns, with an ellipsis where something was cut. */
export function cut(text: string, limit: number): string {
  if (columns(text) <= limit) return text;
  let out = "";
  let width = 1;
  for (const grapheme of graphemes(text)) {
    width += columnsOf(grapheme);
    if (width > limit) break;
    out += grapheme;
  }
  return limit <= 0 ? "" : `${out}…`;
}

/** Pads text with spaces behind it, up to a number of columns. */
export const padded = (text: string, width: number): string =>
  text + " ".repeat(Math.max(0, width - columns(text)));

/** Folds text into pieces of at most a number of columns; one piece when it is empty. */
export function folded(text: string, limit: number): readonly string[] {
  if (columns(text) <= limit) return [text];
  const pieces: string[] = [];
  let piece = "";
  let width = 0;
  for (const grapheme of graphemes(text)) {
    const more = columnsOf(grapheme);
    if (width + more > limit && piece !== "") {
      pieces.push(piece);
      piece = "";
      width = 0;
    }
    piece += grapheme;
    width += more;
  }
  return [...pieces, piece];
}

/** Wraps words into lines of at most a number of columns. */
export function wrapped(text: string, limit: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && columns(last) + 1 + columns(word) <= limit) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(...folded(word, limit));
  }
  return lines;
}

/** Wraps a line that is too long; its continuation lines are indented deeper than its beginning. */
export function hanging(line: string, limit: number): readonly string[] {
  if (columns(line) <= limit) return [line];
  const depth = line.length - line.trimStart().length;
  const [first = "", ...rest] = wrapped(line.trimStart(), Math.max(1, limit - depth - 2));
  return [" ".repeat(depth) + first, ...rest.map((more) => " ".repeat(depth + 2) + more)];
}

/** Splits text into what a person sees as one character each, with own styles in between. */
function* graphemes(text: string): Iterable<string> {
  if (asciiOnly.test(text)) return yield* text;
  for (const [at, part] of text.split(ownStyle).entries()) {
    if (at % 2 === 1) yield part;
    else if (asciiOnly.test(part)) yield* part;
    else {
      segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
      for (const { segment } of segmenter.segment(plain(part))) yield segment;
    }
  }
}

const asciiOnly = /^[ -~]*$/;
/** The segmenter, made when it is first needed: making it takes a quarter of Node's start time. */
let segmenter: Intl.Segmenter | undefined;

/**
 * Counts the columns of a grapheme. A cluster of letters takes a column for each, as terminals do
 * not join them.
 */
function columnsOf(grapheme: string): number {
  if (grapheme.startsWith("\x1b")) return 0;
  if (grapheme.length === 1) return wide.test(grapheme) ? 2 : 1;
  return wide.test(grapheme) ? 2 : Math.max(1, grapheme.match(spacing)?.length ?? 0);
}

const wide =
  /\p{Emoji_Presentation}|\u{fe0f}|[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u;
const spacing = /[^\p{Mn}\p{Me}]/gu;

/** Colours text when the paper has colours. */
export function paint(text: string, style: Style, paper: Paper): string {
  if (!paper.color || text === "") return text;
  const [open = "", close = ""] = styleText(style, "\n", { validateStream: false }).split("\n");
  const marked = (codes: string): string => codes.replaceAll("\x1b[", `\x1b${paper.mark ?? ""}[`);
  return marked(open) + text + marked(close);
}

/** A style as `paint` sets it, with its mark or without. */
const ownStyle = /(\x1b[0-9a-f]*\[[\d;]*m)/;

/**
 * Writes a line as a terminal gets it: marked styles as styles, closed at its end, all else in
 * view.
 */
export function inked(line: string, mark: string): string {
  const parts = line.split(new RegExp(`\x1b${mark}(\\[[\\d;]*m)`));
  const last = parts.at(-2);
  const open = last === undefined || closing.test(last) ? "" : "\x1b[0m";
  return parts.map((part, at) => (at % 2 === 1 ? `\x1b${part}` : plain(part))).join("") + open;
}

const closing = /^\[(?:0|2[2-9]|39|49)?m$/;
