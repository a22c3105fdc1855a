import fc from "fast-check";
import picomatch from "picomatch";
import { describe, expect, test } from "vitest";
import {
  covers,
  escapeGlob,
  intersects,
  matches,
  parseGlob,
  sharedPath,
} from "../../../src/predict/paths/glob.ts";

const meets = (a: string, b: string) => intersects(parseGlob(a), parseGlob(b));
const hits = (glob: string, path: string) => matches(parseGlob(glob), path);

/** The names of which the universe has every path of up to three segments. */
const names = ["a", "b", "aa", "ab", "ba", "bb"];
const universe = names.flatMap((x) => [
  x,
  ...names.flatMap((y) => [`${x}/${y}`, ...names.map((z) => `${x}/${y}/${z}`)]),
]);

const atom = fc.constantFrom("a", "b", "*", "?", "[ab]", "[!a]", "{a,b}", "{a,bb}");
const segment = fc.oneof(
  { weight: 1, arbitrary: fc.constant("**") },
  { weight: 4, arbitrary: fc.array(atom, { minLength: 1, maxLength: 2 }).map((x) => x.join("")) },
);
const smallGlob = fc.array(segment, { minLength: 1, maxLength: 3 }).map((x) => x.join("/"));

describe("globs", () => {
  test.each([
    ["src/*/a.ts", "src/b/*.ts", true],
    ["src/*/a.ts", "src/b/*.js", false],
    ["src/**", "src/a/b/c.ts", true],
    ["src/**", "src", true],
    ["src/**", "srcs/a.ts", false],
    ["**/*.ts", "docs/**", true],
    ["**/*.ts", "docs/*.md", false],
    ["a/**/z", "a/z", true],
    ["a/**/b/**/c", "a/x/**/c", true],
    ["{src,lib}/*.ts", "lib/[a-c].ts", true],
    ["{src,lib}/*.ts", "lib/[a-c].js", false],
    ["[!a]x", "ax", false],
    ["f?o", "f*oo", true],
    ["f?o", "f*ooo", false],
    ["docs/", "docs/a/b.md", true],
    ["./src/a.ts", "src/a.ts", true],
  ])("%s and %s share a path: %s", (a, b, expected) => {
    expect(meets(a, b)).toBe(expected);
    expect(meets(b, a)).toBe(expected);
  });

  test("two globs meet exactly when some path matches both", () => {
    fc.assert(
      fc.property(smallGlob, smallGlob, (a, b) => {
        const [x, y] = [parseGlob(a), parseGlob(b)];
        const witness = x.patterns
          .flatMap((p) => y.patterns.map((q) => sharedPath(p, q)))
          .find((path) => path !== undefined);
        expect(intersects(x, y)).toBe(witness !== undefined);
        if (witness === undefined) {
          expect(universe.filter((path) => matches(x, path) && matches(y, path))).toEqual([]);
        } else {
          expect([matches(x, witness), matches(y, witness)]).toEqual([true, true]);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("a glob meets a literal exactly when it matches it", () => {
    fc.assert(
      fc.property(smallGlob, fc.constantFrom(...universe), (glob, path) => {
        expect(meets(glob, escapeGlob(path))).toBe(hits(glob, path));
      }),
      { numRuns: 2000 },
    );
  });

  test("matching agrees with picomatch", () => {
    fc.assert(
      fc.property(smallGlob, fc.constantFrom(...universe), (glob, path) => {
        // `a/**` includes `a` for both, `*/**` includes `a` only here.
        fc.pre(!/[*?\]}]\/\*\*/.test(glob));
        // picomatch reads `[!a]` as a set of `!` and `a`; git and the shells read it as a negation.
        const theirs = picomatch.isMatch(path, glob.replaceAll("[!", "[^"), { dot: true });
        expect(hits(glob, path)).toBe(theirs);
      }),
      { numRuns: 2000 },
    );
  });

  test("a claimed inclusion holds", () => {
    fc.assert(
      fc.property(smallGlob, smallGlob, (outer, inner) => {
        for (const pattern of parseGlob(inner).patterns) {
          if (!covers(parseGlob(outer), pattern)) continue;
          for (const path of universe) {
            if (hits(pattern.text, path)) expect(hits(outer, path)).toBe(true);
          }
        }
      }),
      { numRuns: 2000 },
    );
    const covered = (outer: string, inner: string) =>
      parseGlob(inner).patterns.every((pattern) => covers(parseGlob(outer), pattern));
    expect(covered("**/package-lock.json", "packages/*/package-lock.json")).toBe(true);
    expect(covered("docs/**", "docs/api/*.md")).toBe(true);
    expect(covered("docs/*", "docs/**")).toBe(false);
  });

  test("any text is a glob, and an escaped path matches itself alone", () => {
    const text = fc.string({ unit: fc.constantFrom(..."ab/[]{},*?!\\-^."), maxLength: 12 });
    fc.assert(fc.property(text, text, (a, b) => void [meets(a, b), hits(a, b)]));
    for (const path of ["app/[id]/page.tsx", "a{b,c}", "a\\b", "what?*"]) {
      expect(hits(escapeGlob(path), path)).toBe(true);
      expect(parseGlob(escapeGlob(path)).patterns[0]?.literal).toBe(path);
    }
  });

  test("hostile patterns cost little: many stars, many braces", () => {
    const stars = `${"*a".repeat(40)}*b`;
    expect(hits(stars, "a".repeat(4000))).toBe(false);
    expect(meets(stars, `${"a*".repeat(40)}c`)).toBe(false);
    expect(hits(`src/x${"{a,b}".repeat(30)}`, "src/anything")).toBe(true);
    expect(hits(`src/x${"{a,b}".repeat(30)}`, "lib/anything")).toBe(false);
  });
});
