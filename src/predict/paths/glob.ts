/**
 * Globs as languages: matching, true intersection and (sound) inclusion over one representation.
 *
 * A glob is a list of segments, a segment a list of atoms; `**` is the star over segments as `*`
 * is the star over characters. Both levels therefore share one matcher and one product walk.
 * Wildcards match leading dots; `dir/**` includes `dir` itself; case counts, as in git.
 */
import { braceFree } from "./braces.ts";
import {
  areRangesWithin,
  commonRanges,
  holdsUnit,
  notSlash,
  type Ranges,
  rangesOf,
  rangesWithout,
} from "./ranges.ts";

interface Atom {
  readonly isStar: boolean;
  readonly ranges: Ranges;
}
interface Segment {
  readonly isStar: boolean;
  /** The only name it matches, when it has no wildcard; most segments are of this kind. */
  readonly literal: string | undefined;
  /** The atoms of a segment with wildcards. */
  readonly wild: readonly Atom[];
}

/** A glob without braces. */
export interface Pattern {
  readonly text: string;
  readonly segments: readonly Segment[];
  /** The common beginning of every match. */
  readonly prefix: string;
  /** The only path it matches, when it has no wildcard. */
  readonly literal: string | undefined;
  /** The last segment, when that has no wildcard. */
  readonly basename: string | undefined;
}

export interface Glob {
  readonly text: string;
  readonly patterns: readonly Pattern[];
}

const globstar: Segment = { isStar: true, literal: undefined, wild: [] };
const special = /[*?[\]{}\\]/g;
const wildcard = /[*?[\\]/;

/**
 * Returns a glob that matches exactly this path, whatever characters it has (`app/[id]/page.tsx`).
 */
export function escapeGlob(path: string): string {
  return path.replace(special, "\\$&");
}

/**
 * Reads a glob; never fails: a malformed part (`[a`, `{a`) stands for itself. A trailing `/` means
 * the whole directory.
 */
export function parseGlob(text: string): Glob {
  return { text, patterns: braceFree(text).map(parsePattern) };
}

export function parsePattern(text: string): Pattern {
  const clean = text.replace(/^(?:\.?\/+)+/, "").replace(/\/$/, "/**");
  if (!wildcard.test(clean)) return literalPattern(text, clean.replace(/\/{2,}/g, "/"));
  const segments = clean.split(/\/+/).map(parseSegment);
  const firstWild = segments.findIndex(({ literal }) => literal === undefined);
  return {
    text,
    segments,
    prefix: firstWild < 0 ? clean : prefixOf(segments, firstWild),
    literal: firstWild < 0 ? segments.map(({ literal }) => literal).join("/") : undefined,
    basename: segments.at(-1)?.literal,
  };
}

/**
 * Makes the pattern of a plain path. Most globs are plain paths, whose segments are rarely needed.
 */
function literalPattern(text: string, literal: string): Pattern {
  const basename = literal.slice(literal.lastIndexOf("/") + 1);
  const segments = () => literal.split("/").map(parseSegment);
  return {
    text,
    literal,
    prefix: literal,
    basename,
    get segments() {
      return segments();
    },
  };
}

function parseSegment(part: string): Segment {
  if (part === "**") return globstar;
  if (!wildcard.test(part)) return { isStar: false, literal: part, wild: [] };
  const wild = parseAtoms(part);
  const literal = leadingLiteral(wild);
  return { isStar: false, literal: literal.length === wild.length ? literal : undefined, wild };
}

function prefixOf(segments: readonly Segment[], firstWild: number): string {
  const head = segments
    .slice(0, firstWild)
    .map(({ literal }) => literal)
    .join("/");
  const wild = segments[firstWild];
  // `dir/**` matches `dir` too, so nothing after the directory's name is common to all matches.
  if (wild === undefined || wild.isStar) return head;
  return (head === "" ? "" : `${head}/`) + leadingLiteral(wild.wild);
}

const atomsOf = ({ literal, wild }: Segment): readonly Atom[] =>
  literal === undefined
    ? wild
    : Array.from({ length: literal.length }, (_, at) => {
        const unit = literal.charCodeAt(at);
        return { isStar: false, ranges: [unit, unit] };
      });

function leadingLiteral(atoms: readonly Atom[]): string {
  let text = "";
  for (const atom of atoms) {
    const unit = singleUnit(atom);
    if (unit === undefined) break;
    text += String.fromCharCode(unit);
  }
  return text;
}

function singleUnit({ isStar, ranges }: Atom): number | undefined {
  return !isStar && ranges.length === 2 && ranges[0] === ranges[1] ? ranges[0] : undefined;
}

function parseAtoms(part: string): readonly Atom[] {
  const atoms: Atom[] = [];
  for (let at = 0; at < part.length; at++) {
    const character = part.charAt(at);
    const set = character === "[" ? parseSet(part, at) : undefined;
    if (character === "*") {
      if (!atoms.at(-1)?.isStar) atoms.push({ isStar: true, ranges: notSlash });
    } else if (character === "?") {
      atoms.push({ isStar: false, ranges: notSlash });
    } else if (set !== undefined) {
      atoms.push({ isStar: false, ranges: set.ranges });
      at = set.end;
    } else {
      if (character === "\\" && at + 1 < part.length) at++;
      const unit = part.charCodeAt(at);
      atoms.push({ isStar: false, ranges: [unit, unit] });
    }
  }
  return atoms;
}

function parseSet(part: string, open: number): { ranges: Ranges; end: number } | undefined {
  const negated = part[open + 1] === "!" || part[open + 1] === "^";
  const first = open + (negated ? 2 : 1);
  const pairs: [number, number][] = [];
  for (let at = first; at < part.length; at++) {
    if (part[at] === "]" && at > first) {
      const ranges = rangesOf(pairs);
      return { ranges: negated ? rangesWithout(ranges) : ranges, end: at };
    }
    if (part[at] === "\\" && at + 1 < part.length) at++;
    const low = part.charCodeAt(at);
    const isRange = part[at + 1] === "-" && at + 2 < part.length && part[at + 2] !== "]";
    if (isRange) at += part[at + 2] === "\\" && at + 3 < part.length ? 3 : 2;
    pairs.push([low, part.charCodeAt(at)]);
  }
  return undefined;
}

/**
 * Matches wildcards in the classic way: on failure only the last star needs another try, so the
 * time is quadratic at worst, never exponential. `one` compares a part with the text's unit at an
 * index.
 */
function accepts<P extends { readonly isStar: boolean }>(
  pattern: readonly P[],
  length: number,
  one: (part: P, index: number) => boolean,
): boolean {
  let at = 0;
  let read = 0;
  let star = -1;
  let resume = 0;
  while (read < length) {
    const part = pattern[at];
    if (part?.isStar) {
      star = at++;
      resume = read;
    } else if (part !== undefined && one(part, read)) {
      at++;
      read++;
    } else if (star >= 0) {
      at = star + 1;
      read = ++resume;
    } else return false;
  }
  while (pattern[at]?.isStar) at++;
  return at === pattern.length;
}

/**
 * Finds a word of both languages, part by part, or undefined. Walks the product of the two
 * automata, each pair of positions once. `both` returns a word two parts share; a star takes any
 * word.
 */
function sharedWord<P extends { readonly isStar: boolean }>(
  a: readonly P[],
  b: readonly P[],
  both: (x: P, y: P) => string | undefined,
): readonly string[] | undefined {
  const dead = new Uint8Array((a.length + 1) * (b.length + 1));
  const walk = (i: number, j: number): readonly string[] | undefined => {
    const x = a[i];
    const y = b[j];
    if (x === undefined && y === undefined) return [];
    const cell = i * (b.length + 1) + j;
    if (dead[cell]) return undefined;
    const step = (word: string | undefined, di: 0 | 1, dj: 0 | 1) => {
      const rest = word === undefined ? undefined : walk(i + di, j + dj);
      return rest && word !== undefined ? (word === "" ? rest : [word, ...rest]) : undefined;
    };
    const found = x?.isStar
      ? (step("", 1, 0) ?? (y && !y.isStar ? step(both(y, y), 0, 1) : y && step("", 0, 1)))
      : y?.isStar
        ? (step("", 0, 1) ?? (x && step(both(x, x), 1, 0)))
        : x && y && step(both(x, y), 1, 1);
    if (found === undefined) dead[cell] = 1;
    return found;
  };
  return walk(0, 0);
}

const sharedUnit = (x: Atom, y: Atom): string | undefined => {
  const ranges = commonRanges(x.ranges, y.ranges);
  const low = ranges[0];
  if (low === undefined) return undefined;
  const readable = ["x", "0", "A"].find((letter) => holdsUnit(ranges, letter.charCodeAt(0)));
  return readable ?? String.fromCharCode(low);
};

const sharedSegment = (x: Segment, y: Segment): string | undefined => {
  if (x.literal !== undefined && y.literal !== undefined) {
    return x.literal === y.literal ? x.literal : undefined;
  }
  const word = sharedWord(atomsOf(x), atomsOf(y), sharedUnit)?.join("");
  // Only stars agree on nothing at all, and a path has no empty segment.
  return word === "" ? "x" : word;
};

export function patternMatches(pattern: Pattern, path: string): boolean {
  if (pattern.literal !== undefined) return pattern.literal === path;
  return path.startsWith(pattern.prefix) && namesMatch(pattern, path.split("/"));
}

/** Whether a pattern matches a path that is split already. */
export function namesMatch(pattern: Pattern, names: readonly string[]): boolean {
  return accepts(pattern.segments, names.length, (segment, at) => {
    const name = names[at] ?? "";
    if (segment.literal !== undefined) return segment.literal === name;
    return accepts(segment.wild, name.length, (atom, unit) =>
      holdsUnit(atom.ranges, name.charCodeAt(unit)),
    );
  });
}

export function matches(glob: Glob, path: string): boolean {
  return glob.patterns.some((pattern) => patternMatches(pattern, path));
}

/** Finds a path that both match, or undefined when there is none. */
export function sharedPath(a: Pattern, b: Pattern): string | undefined {
  if (!a.prefix.startsWith(b.prefix) && !b.prefix.startsWith(a.prefix)) return undefined;
  return sharedWord(a.segments, b.segments, sharedSegment)?.join("/");
}

/** Whether some path, existing or not, matches both globs. */
export function intersects(a: Glob, b: Glob): boolean {
  return a.patterns.some((x) => b.patterns.some((y) => sharedPath(x, y) !== undefined));
}

/**
 * Returns true only if all that `inner` matches is matched by `outer`; may miss an inclusion, never
 * invents one.
 */
export function covers(outer: Glob, inner: Pattern): boolean {
  const { segments, literal } = inner;
  if (literal !== undefined) return matches(outer, literal);
  return outer.patterns.some((pattern) =>
    accepts(pattern.segments, segments.length, (segment, at) => {
      const other = segments[at];
      return other !== undefined && !other.isStar && segmentCovers(segment, other);
    }),
  );
}

function segmentCovers(outer: Segment, inner: Segment): boolean {
  const atoms = atomsOf(inner);
  return accepts(atomsOf(outer), atoms.length, (atom, at) => {
    const other = atoms[at];
    return other !== undefined && !other.isStar && areRangesWithin(other.ranges, atom.ranges);
  });
}
