import { type Box, isBox, isDone, nodesOf } from "../nodes.ts";
import { joinLines, type Outline, type OutlineLine, parseOutline } from "../outline.ts";
import { mergeNodes } from "./nodes.ts";
import { mapThree, markConflict, type Three, threeWay } from "./three-way.ts";

export interface MergeInput {
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
  /** The length of conflict markers; git's default is 7. */
  readonly markerSize?: number;
}

export interface MergedTasks {
  /** The kind; `conflict`: the text holds conflict markers. */
  readonly kind: "clean" | "conflict";
  readonly text: string;
}

/**
 * Merges three versions of a task file additively. Done on either side is done; an addition of
 * either side stays, once; an item goes only if one side removed it and the other left it
 * unchanged. Ticks therefore never conflict. Two different edits of the same words or prose do,
 * honestly, in markers.
 */
export function mergeBacklogs(input: MergeInput): MergedTasks {
  const three = {
    base: parseOutline(input.base),
    ours: parseOutline(input.ours),
    theirs: parseOutline(input.theirs),
  };
  const eol = eolOf(three);
  const markerSize = input.markerSize ?? 7;
  const versions = mapThree(three, (outline) => nodesOf(withUsualEol(outline, eol)));
  const merged = mergeNodes(versions, { eol, markerSize });
  const bom = threeWay(mapThree(three, (outline) => outline.bom)) ?? "";
  const text = bom + joinLines(withEnds(merged.lines, endsWithNewline(input, merged), eol));
  if (merged.hasConflict) return { kind: "conflict", text };
  if (holdsExactly(text, merged.boxes)) return { kind: "clean", text };
  return wholeConflict(three, { eol, markerSize, bom });
}

/** Chooses the line end of the merged file: from the side that changed it. */
function eolOf(three: Three<Outline>): string {
  const usual = mapThree(three, usualEol);
  const known = usual.ours ?? usual.theirs ?? usual.base ?? "\n";
  return threeWay(mapThree(usual, (eol) => eol ?? known)) ?? known;
}

function usualEol({ lines }: Outline): string | undefined {
  const counts = new Map<string, number>();
  for (const { eol } of lines) if (eol !== "") counts.set(eol, (counts.get(eol) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** Replaces a file's usual line end, so that lines of a side that kept the old line end fit in. */
function withUsualEol(outline: Outline, eol: string): Outline {
  const usual = usualEol(outline);
  if (usual === eol) return outline;
  const lines = outline.lines.map((line) => (line.eol === usual ? { text: line.text, eol } : line));
  return { ...outline, lines };
}

function endsWithNewline(input: MergeInput, merged: { readonly hasConflict: boolean }): boolean {
  if (merged.hasConflict) return true;
  const { base, ours, theirs } = input;
  return (
    threeWay(mapThree({ base, ours, theirs }, (text) => text === "" || /[\r\n]$/.test(text))) ??
    true
  );
}

function withEnds(
  lines: readonly OutlineLine[],
  final: boolean,
  eol: string,
): readonly OutlineLine[] {
  return lines.map((line, index) => {
    const wanted = index < lines.length - 1 || final;
    if (!wanted) return { text: line.text, eol: "" };
    return line.eol === "" ? { text: line.text, eol } : line;
  });
}

/**
 * Whether the merged text, read afresh, has the intended items. Prose around an item can change it
 * (an open fence swallows it, an item above nests it); then nothing is clean.
 */
function holdsExactly(text: string, boxes: readonly Box[]): boolean {
  const summary = (found: readonly Box[]): string =>
    found
      .map((box) => `${isDone(box)} ${box.words}`)
      .sort()
      .join("\n");
  return summary(nodesOf(parseOutline(text)).filter(isBox)) === summary(boxes);
}

/** Marks both files whole as a conflict, but for their common beginning and end. */
function wholeConflict(
  three: Three<Outline>,
  style: { readonly eol: string; readonly markerSize: number; readonly bom: string },
): MergedTasks {
  const ours = three.ours.lines;
  const theirs = three.theirs.lines;
  let start = 0;
  while (start < ours.length && ours[start]?.text === theirs[start]?.text) start++;
  let end = 0;
  const most = Math.min(ours.length, theirs.length) - start;
  while (end < most && ours.at(-1 - end)?.text === theirs.at(-1 - end)?.text) end++;
  const lines = [
    ...ours.slice(0, start),
    ...markConflict(
      ours.slice(start, ours.length - end),
      theirs.slice(start, theirs.length - end),
      style,
    ),
    ...ours.slice(ours.length - end),
  ];
  return { kind: "conflict", text: style.bom + joinLines(withEnds(lines, true, style.eol)) };
}
