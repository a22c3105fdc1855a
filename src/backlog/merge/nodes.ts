import { align } from "../align.ts";
import { unifyKeys, type Versions } from "../identity.ts";
import { type Box, isBox, isDone, isProse, linesOfNode, type Node, textOf } from "../nodes.ts";
import type { OutlineLine } from "../outline.ts";
import { type Gap, mergeGap } from "./gap.ts";
import { isReplaced, mergeHeads } from "./heads.ts";
import { type MarkerStyle, markConflict, type Three, threeWay } from "./three-way.ts";

export interface MergedNodes {
  readonly lines: readonly OutlineLine[];
  readonly hasConflict: boolean;
  /** The items of this level, as they came out. */
  readonly boxes: readonly Box[];
}

type Maybe<Value> = Three<Value | undefined>;

interface Output {
  readonly style: MarkerStyle;
  readonly lines: OutlineLine[];
  readonly boxes: Box[];
  hasConflict: boolean;
}

/**
 * Merges one level of nodes. Items are single elements whose changes are merged apart from their
 * places, so that only prose can conflict here; each item ends up with a place on one side alone,
 * or on all three.
 */
export function mergeNodes(read: Versions, style: MarkerStyle): MergedNodes {
  const versions = unifyKeys(read);
  const output: Output = { style, lines: [], boxes: [], hasConflict: false };
  const boxes = indexBoxes(versions);
  const { base, ours, theirs, inOurs, inTheirs } = settlePlaces(versions, boxes);
  const emit = (node: Node): void => {
    if (node.kind === "box") emitBox(output, boxes.get(node.key) ?? only(node));
    else output.lines.push(...node.lines);
  };
  let [b, o, t] = [0, 0, 0];
  for (let index = 0; index <= base.length; index++) {
    const isEnd = index === base.length;
    const oEnd = isEnd ? ours.length : (inOurs[index] ?? -1);
    const tEnd = isEnd ? theirs.length : (inTheirs[index] ?? -1);
    if (oEnd < 0 || tEnd < 0) continue;
    const gap = {
      base: base.slice(b, index).filter(isProse),
      ours: ours.slice(o, oEnd),
      theirs: theirs.slice(t, tEnd),
    };
    const merged = mergeGap(gap);
    if (merged !== undefined) for (const node of merged) emit(node);
    else emitConflict(output, gap, emit);
    [b, o, t] = [index + 1, oEnd + 1, tEnd + 1];
    if (!isEnd)
      emitStable(output, { base: base[index], ours: ours[oEnd], theirs: theirs[tEnd] }, emit);
  }
  return output;
}

const only = (box: Box): Maybe<Box> => ({ base: undefined, ours: box, theirs: undefined });

type BoxIndex = ReadonlyMap<string, Maybe<Box>>;

function indexBoxes({ base, ours, theirs }: Versions): BoxIndex {
  const byKey = (nodes: readonly Node[]) =>
    new Map(nodes.filter(isBox).map((box) => [box.key, box]));
  const [inBase, inOurs, inTheirs] = [byKey(base), byKey(ours), byKey(theirs)];
  const keys = new Set([...inBase.keys(), ...inOurs.keys(), ...inTheirs.keys()]);
  return new Map(
    [...keys].map((key) => [
      key,
      { base: inBase.get(key), ours: inOurs.get(key), theirs: inTheirs.get(key) },
    ]),
  );
}

/** Whether an item stays: it goes only if one side removed it and the other left it unchanged. */
function isAlive({ base, ours, theirs }: Maybe<Box>): boolean {
  if (base === undefined || (ours !== undefined && theirs !== undefined)) return true;
  const left = ours ?? theirs;
  return left !== undefined && textOf(left) !== textOf(base);
}

interface Settled extends Versions {
  /** For each base node its index in ours, or -1; likewise in theirs. */
  readonly inOurs: readonly number[];
  readonly inTheirs: readonly number[];
}

/**
 * Leaves each item either in all three versions, in line, or only in the side that put it there.
 */
function settlePlaces(versions: Versions, boxes: BoxIndex): Settled {
  const lookUp = (node: Node): Maybe<Box> | undefined =>
    node.kind === "box" ? boxes.get(node.key) : undefined;
  const keep = (node: Node): boolean => {
    const box = lookUp(node);
    return box === undefined || isAlive(box);
  };
  const ours = versions.ours.filter(keep);
  const theirs = versions.theirs.filter(keep);
  const base = versions.base.filter((node) => {
    const box = lookUp(node);
    return box === undefined || (box.ours !== undefined && box.theirs !== undefined);
  });
  const inOurs = align(base.map(elementOf), ours.map(elementOf));
  const inTheirs = align(base.map(elementOf), theirs.map(elementOf));
  const placeOf = new Map<string, "all" | "ours" | "theirs">();
  for (const [index, node] of base.entries()) {
    if (node.kind !== "box") continue;
    const stays = inOurs[index] !== -1 && inTheirs[index] !== -1;
    placeOf.set(node.key, stays ? "all" : inOurs[index] === -1 ? "ours" : "theirs");
  }
  const keepFor = (side: "ours" | "theirs") => (node: Node) => {
    if (node.kind === "prose") return true;
    const added = boxes.get(node.key)?.ours === undefined ? "theirs" : "ours";
    const place = placeOf.get(node.key) ?? added;
    return place === "all" || place === side;
  };
  const keptBase = base.map((node) => node.kind === "prose" || placeOf.get(node.key) === "all");
  return {
    base: base.filter((_, index) => keptBase[index]),
    ours: ours.filter(keepFor("ours")),
    theirs: theirs.filter(keepFor("theirs")),
    inOurs: renumber(inOurs, keptBase, ours.map(keepFor("ours"))),
    inTheirs: renumber(inTheirs, keptBase, theirs.map(keepFor("theirs"))),
  };
}

const elementOf = (node: Node): string => `${node.kind}\n${node.key}`;

/** Renumbers an alignment after elements were taken out of both sequences. */
function renumber(
  match: Int32Array,
  keptFrom: readonly boolean[],
  keptTo: readonly boolean[],
): readonly number[] {
  let count = 0;
  const places = keptTo.map((kept) => (kept ? count++ : -1));
  return [...match].filter((_, index) => keptFrom[index]).map((to) => places[to] ?? -1);
}

function emitConflict(output: Output, { ours, theirs }: Gap, emit: (node: Node) => void): void {
  const same = (one: Node | undefined, other: Node | undefined): boolean =>
    one?.kind === "prose" && other?.kind === "prose" && one.key === other.key;
  const most = Math.min(ours.length, theirs.length);
  let start = 0;
  while (start < most && same(ours[start], theirs[start])) start++;
  let end = 0;
  while (end < most - start && same(ours.at(-1 - end), theirs.at(-1 - end))) end++;
  const rendered = (nodes: readonly Node[]): readonly OutlineLine[] => {
    const from = output.lines.length;
    for (const node of nodes.slice(start, nodes.length - end)) emit(node);
    return output.lines.splice(from);
  };
  for (const node of ours.slice(0, start)) emit(node);
  const lines = markConflict(rendered(ours), rendered(theirs), output.style);
  output.lines.push(...lines);
  for (const node of ours.slice(ours.length - end)) emit(node);
  output.hasConflict = true;
}

/** Emits a node that all three versions have; line ends may still differ. */
function emitStable(output: Output, three: Maybe<Node>, emit: (node: Node) => void): void {
  const { base, ours, theirs } = three;
  if (ours?.kind !== "prose" || base?.kind !== "prose" || theirs?.kind !== "prose") {
    if (ours !== undefined) emit(ours);
    return;
  }
  for (const [index, { text, eol }] of ours.lines.entries()) {
    const ends = { base: base.lines[index]?.eol, ours: eol, theirs: theirs.lines[index]?.eol };
    output.lines.push({ text, eol: mergeEol(ends) });
  }
}

/**
 * Merges the end of a line that all sides may have; the lack of a line end (at the end of a file)
 * is no wish.
 */
function mergeEol({ base, ours, theirs }: Maybe<string>): string {
  const known = [ours, theirs, base].find((eol) => eol) ?? "";
  const three = { base: base || known, ours: ours || known, theirs: theirs || known };
  return threeWay(three) ?? known;
}

function emitBox(output: Output, three: Maybe<Box>): void {
  const { base, ours, theirs } = three;
  const one = ours ?? theirs;
  if (one === undefined) return;
  if (ours === undefined || theirs === undefined) {
    output.lines.push(...linesOfNode(one));
    output.boxes.push(one);
    return;
  }
  if (isReplaced(three)) {
    for (const box of [ours, theirs]) emitBox(output, { ...three, ours: box, theirs: undefined });
    return;
  }
  const state = [ours, theirs, one].find(isDone)?.state ?? ours.state;
  const eol = mergeEol({ base: base?.eol, ours: ours.eol, theirs: theirs.eol });
  const lineOf = ({ head }: Box): OutlineLine => ({ text: head[0] + state + head[1], eol });
  const winner = mergeHeads(base, ours, theirs);
  if (winner !== undefined) output.lines.push(lineOf(winner));
  else {
    output.hasConflict = true;
    output.lines.push(...markConflict([lineOf(ours)], [lineOf(theirs)], output.style));
  }
  const bodies = { base: base?.body ?? [], ours: ours.body, theirs: theirs.body };
  const body = mergeNodes(bodies, output.style);
  output.lines.push(...body.lines);
  output.hasConflict ||= body.hasConflict;
  output.boxes.push({ ...(winner ?? ours), state });
}
