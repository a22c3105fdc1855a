import { type BoxStart, findBox, looksLikeBox } from "./boxes.ts";
import { countFrontMatter } from "./front-matter.ts";
import {
  findHeading,
  findMarker,
  findRawBlock,
  findUnderline,
  isBlank,
  type RawBlock,
  spaceAt,
  startsBlock,
} from "./markdown.ts";

export interface OutlineLine {
  readonly text: string;
  /** The line end: `\n`, `\r\n`, `\r`, or nothing at the end of a file without a final newline. */
  readonly eol: string;
}

/** A list item with a checkbox, and everything nested in it. */
export interface Item {
  /** The index of its first line. */
  readonly line: number;
  /** The index after its last line; blank lines behind it are not its own. */
  readonly end: number;
  /** The index of the state character in its first line, between `[` and `]`. */
  readonly box: number;
  readonly done: boolean;
  /** The index of the words behind the box in its first line. */
  readonly wordsAt: number;
  /** The headings and plain list items it stands under, outermost first. */
  readonly path: readonly string[];
  /** The checkboxes nested in it. */
  readonly children: readonly Item[];
  /** Whether it is nested in a box that is not read: a part of that box, no task of its own. */
  readonly isPart: boolean;
}

/** A box that looks like a task, in a form that is not read. */
export interface StrangeBox extends Span {
  readonly done: boolean;
}

/** A range of lines, `end` excluded. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A task file, lossless: `bom` and the lines put together are the text. */
export interface Outline {
  readonly bom: string;
  readonly lines: readonly OutlineLine[];
  /** The items that stand in no other item, in file order. */
  readonly items: readonly Item[];
  /** Code fences, comments and verbatim HTML: text, whatever it looks like. */
  readonly raw: readonly Span[];
  /** The boxes that are not read, in file order. */
  readonly strange: readonly StrangeBox[];
}

export function splitLines(text: string): readonly OutlineLine[] {
  const lines: OutlineLine[] = [];
  let start = 0;
  for (const match of text.matchAll(/\r\n|\n|\r/g)) {
    lines.push({ text: text.slice(start, match.index), eol: match[0] });
    start = match.index + match[0].length;
  }
  if (start < text.length) lines.push({ text: text.slice(start), eol: "" });
  return lines;
}

export const joinLines = (lines: readonly OutlineLine[]): string =>
  lines.map((line) => line.text + line.eol).join("");

/** The depth of nesting on a single line beyond which all is text; keeps hostile input linear. */
const maxDepth = 100;

interface OpenItem {
  /** The indent from which on lines belong to the item. */
  readonly contentColumn: number;
  readonly label: string;
  readonly task: (Item & { end: number; readonly children: Item[] }) | undefined;
  readonly strange?: StrangeBox & { end: number };
}

interface Scan {
  readonly items: Item[];
  readonly raw: Span[];
  readonly strange: StrangeBox[];
  readonly headings: string[];
  readonly open: OpenItem[];
  block: { readonly raw: RawBlock; readonly column: number; readonly start: number } | undefined;
  /** The last line's words while a paragraph is open. */
  paragraph: string | undefined;
  /** The index after the last line that is not blank. */
  contentEnd: number;
}

/** Reads the shape of a task file: which lines are items, and what is nested in which. */
export function parseOutline(text: string): Outline {
  const bom = text.startsWith("\uFEFF") ? "\uFEFF" : "";
  const lines = splitLines(text.slice(bom.length));
  const scan: Scan = {
    items: [],
    raw: [],
    strange: [],
    headings: [],
    open: [],
    block: undefined,
    paragraph: undefined,
    contentEnd: 0,
  };
  const top = countFrontMatter(lines.map((line) => line.text));
  for (const [index, line] of lines.entries()) {
    if (index < top) continue;
    if (isBlank(line.text)) {
      scan.paragraph = undefined;
      continue;
    }
    scanLine(scan, line.text, index);
    scan.contentEnd = index + 1;
  }
  closeItems(scan, 0);
  if (scan.block !== undefined) scan.raw.push({ start: scan.block.start, end: scan.contentEnd });
  const { items, raw } = scan;
  const strange = [...scan.strange, ...misplaced(scan, lines, top)].sort(
    (a, b) => a.start - b.start,
  );
  return { bom, lines, items, raw, strange };
}

/** Finds boxes that are no list items at all, outside of items and raw blocks. */
function misplaced(
  { items, raw, strange }: Scan,
  lines: readonly OutlineLine[],
  top: number,
): readonly StrangeBox[] {
  const taken = new Set<number>();
  const spans = [...items.map(({ line, end }) => ({ start: line, end })), ...raw, ...strange];
  for (const { start, end } of spans) for (let at = start; at < end; at++) taken.add(at);
  return lines.flatMap(({ text }, at) =>
    at >= top && !taken.has(at) && looksLikeBox(text)
      ? [{ start: at, end: at + 1, done: false }]
      : [],
  );
}

function scanLine(scan: Scan, text: string, index: number): void {
  const indent = spaceAt(text, 0, 0);
  if (scan.block !== undefined) {
    const { raw, column, start } = scan.block;
    if (indent.column >= column) {
      if (!raw.closes(text)) return;
      scan.raw.push({ start, end: index + 1 });
      scan.block = undefined;
      return;
    }
    scan.raw.push({ start, end: scan.contentEnd });
    scan.block = undefined;
  }
  const words = text.slice(indent.end);
  const depth = scan.open.findIndex((item) => indent.column < item.contentColumn);
  if (depth >= 0) {
    const lazy = scan.paragraph !== undefined && !startsBlock(words);
    if (lazy) {
      // Markdown reads a box at the margin as continued words of the item above it, which is never
      // meant.
      if (looksLikeBox(text)) scan.strange.push({ start: index, end: index + 1, done: false });
      return;
    }
    closeItems(scan, depth);
    scan.paragraph = undefined;
  }
  const container = scan.open.at(-1)?.contentColumn ?? 0;
  if (indent.column - container >= 4) return;
  scanBlock(scan, { text, index, at: indent.end, column: indent.column });
}

interface Position {
  readonly text: string;
  readonly index: number;
  readonly at: number;
  readonly column: number;
}

function scanBlock(scan: Scan, position: Position): void {
  const words = position.text.slice(position.at);
  const raw = findRawBlock(words);
  if (raw !== undefined) {
    scan.paragraph = undefined;
    if (raw.closed) scan.raw.push({ start: position.index, end: position.index + 1 });
    else {
      const column = scan.open.at(-1)?.contentColumn ?? 0;
      scan.block = { raw, column, start: position.index };
    }
    return;
  }
  const underline = scan.paragraph === undefined ? undefined : findUnderline(words);
  const heading =
    underline === undefined
      ? findHeading(words)
      : { level: underline, text: (scan.paragraph ?? "").trim() };
  if (heading !== undefined) {
    scan.paragraph = undefined;
    if (scan.open.length > 0) return;
    scan.headings.length = Math.min(scan.headings.length, heading.level - 1);
    while (scan.headings.length < heading.level - 1) scan.headings.push("");
    scan.headings.push(heading.text);
    return;
  }
  const marker = findMarker(words);
  if (marker === undefined || scan.open.length >= maxDepth) scan.paragraph = words;
  else openItem(scan, position, marker);
}

function openItem(scan: Scan, position: Position, marker: number): void {
  const { text, index } = position;
  const markerEnd = position.column + marker;
  const content = spaceAt(text, position.at + marker, markerEnd);
  const words = text.slice(content.end);
  const isCode = content.column - markerEnd > 4;
  const contentColumn = words === "" || isCode ? markerEnd + 1 : content.column;
  const box = isCode ? undefined : findBox(words);
  if (box?.kind !== "read") {
    const strange = openStrange(scan, index, box);
    scan.open.push({ contentColumn, label: words.trim(), task: undefined, ...strange });
    scan.paragraph = undefined;
    if (words === "" || isCode) return;
    scanBlock(scan, { text, index, at: content.end, column: content.column });
    return;
  }
  const task = {
    line: index,
    end: index + 1,
    box: content.end + 1,
    done: box.state !== " ",
    wordsAt: content.end + box.length,
    path: pathOf(scan),
    children: [],
    isPart: scan.open.some((item) => item.strange !== undefined),
  };
  const parent = scan.open.findLast((item) => item.task !== undefined)?.task;
  (parent?.children ?? scan.items).push(task);
  scan.open.push({ contentColumn, label: "", task });
  scan.paragraph = text.slice(task.wordsAt);
}

/**
 * Opens a strange box, unless it is inside an item or another strange box, and so a part of that.
 */
function openStrange(
  { open, strange }: Scan,
  index: number,
  box: BoxStart | undefined,
): Pick<OpenItem, "strange"> | undefined {
  const isPart = open.some((item) => item.task !== undefined || item.strange !== undefined);
  if (box?.kind !== "strange" || isPart) return undefined;
  const opened = { start: index, end: index + 1, done: box.done };
  strange.push(opened);
  return { strange: opened };
}

function pathOf(scan: Scan): readonly string[] {
  const labels = scan.open.map((item) => item.label);
  return [...scan.headings, ...labels].filter((label) => label !== "");
}

function closeItems(scan: Scan, depth: number): void {
  for (const { task, strange } of scan.open.splice(depth)) {
    if (task !== undefined) task.end = scan.contentEnd;
    if (strange !== undefined) strange.end = scan.contentEnd;
  }
}
