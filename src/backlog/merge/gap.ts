import { align } from "../align.ts";
import { type Box, isProse, type Node, type Prose } from "../nodes.ts";
import { threeWay } from "./three-way.ts";

export interface Gap {
  readonly base: readonly Prose[];
  readonly ours: readonly Node[];
  readonly theirs: readonly Node[];
}

/**
 * Merges the lines between two places that all versions share; undefined when both sides changed
 * their prose.
 */
export function mergeGap({ base, ours, theirs }: Gap): readonly Node[] | undefined {
  for (const says of [wordsIn, nonBlankWordsIn]) {
    const winner = threeWay({ base: says(base), ours: says(ours), theirs: says(theirs) });
    if (winner === undefined) continue;
    return winner === says(ours)
      ? insertBoxes(ours, theirs, "after")
      : insertBoxes(theirs, ours, "before");
  }
  return addBoth({ base, ours, theirs });
}

/** Merges additions: both sides only added prose, so both additions stay, the same lines once. */
function addBoth({ base, ours, theirs }: Gap): readonly Node[] | undefined {
  const keys = (nodes: readonly Node[]) => nodes.filter(isProse).map((prose) => prose.key);
  const prose = base.map((one) => one.key);
  const isKept = (nodes: readonly Node[]): boolean =>
    align(prose, keys(nodes)).every((index) => index >= 0);
  if (!isKept(ours) || !isKept(theirs)) return undefined;
  const parts = (nodes: readonly Node[]): readonly (readonly Node[])[] => {
    const stays = new Set(align(prose, keys(nodes)));
    const found: Node[][] = [[]];
    let seen = 0;
    for (const node of nodes) {
      if (node.kind === "prose" && stays.has(seen++)) found.push([]);
      else found.at(-1)?.push(node);
    }
    return found;
  };
  const [first, second] = [parts(ours), parts(theirs)];
  return first.flatMap((mine, at) => [
    ...(at === 0 ? [] : base.slice(at - 1, at)),
    ...joined(mine, second[at] ?? []),
  ]);
}

/** Joins two additions: their common beginning stands once, then the rest of each side. */
function joined(ours: readonly Node[], theirs: readonly Node[]): readonly Node[] {
  const isSame = (node: Node, at: number): boolean => {
    const mine = ours[at];
    return node.kind === "prose" && mine?.kind === "prose" && mine.key === node.key;
  };
  const differs = theirs.findIndex((node, at) => !isSame(node, at));
  const common = differs < 0 ? theirs.length : differs;
  const known = new Set(ours.filter(isProse).map(({ key }) => key));
  const isNew = (node: Node): boolean =>
    node.kind === "box" || isBlankProse(node) || !known.has(node.key);
  const rest = theirs.slice(common).filter(isNew);
  const blank = theirs[common - 1];
  const isSpaced = isBlankProse(blank) && !isBlankProse(ours.at(-1)) && rest.length > 0;
  return [...ours, ...(isSpaced && blank !== undefined ? [blank] : []), ...rest];
}

/**
 * Puts the items of one side between the nodes of the other, each behind the prose it stood behind,
 * and with a blank line before it where it had a blank line and the item above it has one too.
 */
function insertBoxes(
  into: readonly Node[],
  from: readonly Node[],
  order: "before" | "after",
): readonly Node[] {
  const prose = into.filter(isProse);
  const match = align(
    from.filter(isProse).map((node) => node.key),
    prose.map((node) => node.key),
  );
  const inserted = new Map<number, Spaced[]>();
  let seen = 0;
  let place = 0;
  for (const [at, node] of from.entries()) {
    if (node.kind === "prose") {
      const to = match[seen++] ?? -1;
      if (to >= 0) place = to + 1;
    } else inserted.set(place, [...(inserted.get(place) ?? []), { node, before: from[at - 1] }]);
  }
  const result: Node[] = [];
  let passed = 0;
  const insert = (): void => {
    for (const { node, before } of inserted.get(passed) ?? []) {
      const [above, last] = [result.at(-2), result.at(-1)];
      const isSpaced = isBlankProse(before) && isBlankProse(above) && !isBlankProse(last);
      if (isSpaced && before !== undefined) result.push(before);
      result.push(node);
    }
  };
  if (order === "before") insert();
  for (const node of into) {
    if (node.kind === "prose") {
      if (order === "after") insert();
      result.push(node);
      passed++;
      if (order === "before") insert();
    } else result.push(node);
  }
  if (order === "after") insert();
  return result;
}

/** An item with the node before it. */
interface Spaced {
  readonly node: Box;
  readonly before: Node | undefined;
}

const isBlankProse = (node: Node | undefined): boolean =>
  node?.kind === "prose" && !/\S/.test(node.key);

const wordsIn = (nodes: readonly Node[]): string =>
  nodes
    .filter(isProse)
    .map((prose) => `${prose.key}\n`)
    .join("");

const nonBlankWordsIn = (nodes: readonly Node[]): string =>
  wordsIn(nodes.filter((node) => node.kind === "box" || /\S/.test(node.key)));
