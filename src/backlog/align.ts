/**
 * The number of pairs above which a stretch without any unique common element is left unaligned.
 */
const maxPairs = 250_000;

interface Stretch {
  readonly a: number;
  readonly aEnd: number;
  readonly b: number;
  readonly bEnd: number;
}

/**
 * Finds a common subsequence of two sequences: for each index of `one` its index in `other`, or -1;
 * rising. Patience diff (Bram Cohen): elements that occur once on both sides are the anchors,
 * because in a task file the headings and items occur once, while blank lines match anything.
 */
export function align(one: readonly string[], other: readonly string[]): Int32Array {
  const match = new Int32Array(one.length).fill(-1);
  const open: Stretch[] = [{ a: 0, aEnd: one.length, b: 0, bEnd: other.length }];
  for (let stretch = open.pop(); stretch !== undefined; stretch = open.pop()) {
    let { a, aEnd, b, bEnd } = stretch;
    while (a < aEnd && b < bEnd && one[a] === other[b]) match[a++] = b++;
    while (a < aEnd && b < bEnd && one[aEnd - 1] === other[bEnd - 1]) match[--aEnd] = --bEnd;
    if (a === aEnd || b === bEnd) continue;
    const anchors = uniqueAnchors(one, other, { a, aEnd, b, bEnd });
    if (anchors.length === 0) longestCommon(one, other, { a, aEnd, b, bEnd }, match);
    for (const [at, to] of anchors) {
      match[at] = to;
      open.push({ a, aEnd: at, b, bEnd: to });
      a = at + 1;
      b = to + 1;
    }
    if (anchors.length > 0) open.push({ a, aEnd, b, bEnd });
  }
  return match;
}

type Pair = readonly [number, number];

function uniqueAnchors(
  one: readonly string[],
  other: readonly string[],
  { a, aEnd, b, bEnd }: Stretch,
): readonly Pair[] {
  const inOne = uniqueIndexes(one, a, aEnd);
  const inOther = uniqueIndexes(other, b, bEnd);
  const pairs: Pair[] = [];
  for (const [element, at] of inOne) {
    const to = inOther.get(element);
    if (at >= 0 && to !== undefined && to >= 0) pairs.push([at, to]);
  }
  return longestRising(pairs);
}

/**
 * Finds where each element stands, in order of first sight; -1 when it stands in several places.
 */
function uniqueIndexes(
  elements: readonly string[],
  start: number,
  end: number,
): ReadonlyMap<string, number> {
  const indexes = new Map<string, number>();
  for (let at = start; at < end; at++) {
    const element = elements[at] ?? "";
    indexes.set(element, indexes.has(element) ? -1 : at);
  }
  return indexes;
}

/**
 * Selects from pairs sorted by their first number the most whose second numbers rise (patience
 * sorting).
 */
function longestRising(pairs: readonly Pair[]): readonly Pair[] {
  interface Card {
    readonly pair: Pair;
    readonly below: Card | undefined;
  }
  const tops: Card[] = [];
  for (const pair of pairs) {
    let low = 0;
    let high = tops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tops[middle]?.pair[1] ?? 0) < pair[1]) low = middle + 1;
      else high = middle;
    }
    tops[low] = { pair, below: tops[low - 1] };
  }
  const rising: Pair[] = [];
  for (let card = tops.at(-1); card !== undefined; card = card.below) rising.push(card.pair);
  return rising.reverse();
}

function longestCommon(
  one: readonly string[],
  other: readonly string[],
  { a, aEnd, b, bEnd }: Stretch,
  match: Int32Array,
): void {
  const rows = aEnd - a;
  const columns = bEnd - b;
  if (rows * columns > maxPairs) return;
  const width = columns + 1;
  const length = new Uint32Array((rows + 1) * width);
  const lengthAt = (i: number, j: number): number => length[i * width + j] ?? 0;
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      length[i * width + j] =
        one[a + i] === other[b + j]
          ? lengthAt(i + 1, j + 1) + 1
          : Math.max(lengthAt(i + 1, j), lengthAt(i, j + 1));
    }
  }
  for (let i = 0, j = 0; i < rows && j < columns; ) {
    if (one[a + i] === other[b + j]) match[a + i++] = b + j++;
    else if (lengthAt(i + 1, j) >= lengthAt(i, j + 1)) i++;
    else j++;
  }
}
