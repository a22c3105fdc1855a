import { stripVTControlCharacters, styleText } from "node:util";

/** What is written on: a terminal, a pipe, a file. */
export interface Paper {
  /** Columns; lines are cut to it, so that a terminal never wraps them. */
  readonly width: number;
  readonly color: boolean;
}

export type Style = Parameters<typeof styleText>[0];

/** Columns that text takes in a terminal: East Asian wide characters and emoji take two. */
export function columns(text: string): number {
  let width = 0;
  for (const grapheme of graphemes(stripVTControlCharacters(text))) width += columnsOf(grapheme);
  return width;
}

/** Cuts text to so many columns, with an ellipsis where something went. */
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

/** Text with spaces behind it, up to so many columns. */
export const padded = (text: string, width: number): string =>
  text + " ".repeat(Math.max(0, width - columns(text)));

/** Text in pieces of at most so many columns; one piece when it is empty. */
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

/** Words in lines of at most so many columns. */
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

/** A line that is too long goes on below, deeper than it began. */
export function hanging(line: string, limit: number): readonly string[] {
  if (columns(line) <= limit) return [line];
  const depth = line.length - line.trimStart().length;
  const [first = "", ...rest] = wrapped(line.trimStart(), Math.max(1, limit - depth - 2));
  return [" ".repeat(depth) + first, ...rest.map((more) => " ".repeat(depth + 2) + more)];
}

/** What a person sees as one character each. */
function graphemes(text: string): Iterable<string> {
  if (asciiOnly.test(text)) return text;
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

const asciiOnly = /^[ -~]*$/;
/** Made when it is first needed: it takes a quarter of the time in which Node starts. */
let segmenter: Intl.Segmenter | undefined;

const columnsOf = (grapheme: string): number => (wide.test(grapheme) ? 2 : 1);
const wide =
  /\p{Emoji_Presentation}|\u{fe0f}|[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;

/** Colours text when the paper has colours. */
export function paint(text: string, style: Style, paper: Paper): string {
  return paper.color && text !== "" ? styleText(style, text, { validateStream: false }) : text;
}
