/**
 * The beginning of a Markdown line, as far as task lists need it (CommonMark 0.31, sections 4 and
 * 5).
 */

/** Counts the columns of white space from `from` on; a tab reaches the next multiple of four. */
export function spaceAt(
  text: string,
  from: number,
  column: number,
): { readonly end: number; readonly column: number } {
  let end = from;
  let at = column;
  for (; end < text.length; end++) {
    if (text[end] === " ") at += 1;
    else if (text[end] === "\t") at += 4 - (at % 4);
    else break;
  }
  return { end, column: at };
}

export const isBlank = (text: string): boolean => !/[^ \t]/.test(text);

/** A block whose lines are text whatever they look like: it runs until a line that `closes` it. */
export interface RawBlock {
  readonly closes: (line: string) => boolean;
  /** Whether the opening line is also the last line. */
  readonly closed: boolean;
}

const fencePattern = /^(`{3,}|~{3,})(.*)$/;
const verbatimPattern = /^<(pre|script|style|textarea)(?=[\s>]|$)/i;

export function findRawBlock(text: string): RawBlock | undefined {
  const fence = fencePattern.exec(text);
  if (fence !== null) {
    const [, marks = "", info = ""] = fence;
    if (marks.startsWith("`") && info.includes("`")) return undefined;
    const close = new RegExp(`^[ \\t]*${marks[0]}{${marks.length},}[ \\t]*$`);
    return { closes: (line) => close.test(line), closed: false };
  }
  if (text.startsWith("<!--")) {
    return { closes: (line) => line.includes("-->"), closed: text.includes("-->", 4) };
  }
  if (verbatimPattern.test(text)) {
    const close = /<\/(?:pre|script|style|textarea)>/i;
    return { closes: (line) => close.test(line), closed: close.test(text) };
  }
  return undefined;
}

export interface Heading {
  readonly level: number;
  readonly text: string;
}

export function findHeading(text: string): Heading | undefined {
  const match = /^(#{1,6})(?:[ \t]+(.*))?$/.exec(text);
  if (match === null) return undefined;
  const [, marks = "", words = ""] = match;
  return { level: marks.length, text: words.replace(/(?:^|[ \t])#+[ \t]*$/, "").trim() };
}

/** Reads the line under a paragraph that makes it a heading: its level. */
export function findUnderline(text: string): 1 | 2 | undefined {
  if (/^=+[ \t]*$/.test(text)) return 1;
  return /^-+[ \t]*$/.test(text) ? 2 : undefined;
}

const thematicBreak = /^(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/;

/**
 * Measures a list marker (`-`, `*`, `+`, `1.`, `1)`), which white space or the line's end follows.
 */
export function findMarker(text: string): number | undefined {
  if (thematicBreak.test(text)) return undefined;
  return /^(?:[-*+]|\d{1,9}[.)])(?=[ \t]|$)/.exec(text)?.[0].length;
}

/** Whether a line ends a paragraph above it, so that it cannot be its lazy continuation. */
export function startsBlock(text: string): boolean {
  return (
    findMarker(text) !== undefined ||
    thematicBreak.test(text) ||
    findHeading(text) !== undefined ||
    findRawBlock(text) !== undefined ||
    text.startsWith(">")
  );
}
