/** Sets of characters of a path's segment. */

/** UTF-16 code units as inclusive `[low, high, low, high, …]`, sorted, disjoint, without `/`. */
export type Ranges = readonly number[];

const slash = 47;
const most = 0xffff;
export const notSlash: Ranges = [0, slash - 1, slash + 1, most];

export function rangesOf(pairs: readonly (readonly [number, number])[]): Ranges {
  const merged: number[] = [];
  for (const [low, high] of pairs.filter(([a, b]) => a <= b).sort((a, b) => a[0] - b[0])) {
    const end = merged.at(-1);
    if (end !== undefined && low <= end + 1) merged[merged.length - 1] = Math.max(end, high);
    else merged.push(low, high);
  }
  return commonRanges(merged, notSlash);
}

/** Returns everything but these ranges and `/`. */
export function rangesWithout(ranges: Ranges): Ranges {
  const rest: number[] = [];
  let next = 0;
  for (let at = 0; at < ranges.length; at += 2) {
    const low = ranges[at] ?? 0;
    if (next < low) rest.push(next, low - 1);
    next = (ranges[at + 1] ?? 0) + 1;
  }
  if (next <= most) rest.push(next, most);
  return commonRanges(rest, notSlash);
}

export function commonRanges(a: Ranges, b: Ranges): Ranges {
  const both: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const low = Math.max(a[i] ?? 0, b[j] ?? 0);
    const high = Math.min(a[i + 1] ?? 0, b[j + 1] ?? 0);
    if (low <= high) both.push(low, high);
    if ((a[i + 1] ?? 0) < (b[j + 1] ?? 0)) i += 2;
    else j += 2;
  }
  return both;
}

export const holdsUnit = (ranges: Ranges, unit: number): boolean => {
  for (let at = 0; at < ranges.length; at += 2)
    if (unit >= (ranges[at] ?? 0) && unit <= (ranges[at + 1] ?? 0)) return true;
  return false;
};

export const areRangesWithin = (inner: Ranges, outer: Ranges): boolean => {
  const both = commonRanges(inner, outer);
  return both.length === inner.length && both.every((unit, at) => unit === inner[at]);
};
