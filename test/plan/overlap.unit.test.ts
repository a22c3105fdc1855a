import fc from "fast-check";
import { expect, test } from "vitest";
import { findOverlap } from "../../src/plan/overlap.ts";
import { type Glob, matches, parseGlob } from "../../src/predict/paths/glob.ts";
import { indexPaths } from "../../src/predict/paths/path-index.ts";

const none: readonly Glob[] = [];

test("globs that meet only in files to come are seen", () => {
  const { shared, locks } = findOverlap(
    [["src/*/a.ts"], ["src/b/*.ts"], ["lib/**"]],
    indexPaths(["src/b/c.ts"]),
    none,
  );
  expect(shared(0, 1)).toEqual({ hard: ["src/b/a.ts"], soft: [] });
  expect(shared(0, 2).hard).toEqual([]);
  expect(locks[2]).toEqual([]);
});

test("a new file named by one task is covered by the glob of another", () => {
  const { shared } = findOverlap([["src/new.ts"], ["src/**"]], indexPaths(["src/a.ts"]), none);
  expect(shared(0, 1).hard).toEqual(["src/new.ts"]);
});

test("soft paths are reported and lock nothing", () => {
  const soft = ["CHANGELOG.md", "**/package-lock.json"].map(parseGlob);
  const { shared, locks } = findOverlap(
    [["CHANGELOG.md", "p/**"], ["CHANGELOG.md"], ["p/package-lock.json"]],
    indexPaths(["CHANGELOG.md", "p/package-lock.json"]),
    soft,
  );
  expect(shared(0, 1)).toEqual({ hard: [], soft: ["CHANGELOG.md"] });
  expect(shared(0, 2)).toEqual({ hard: [], soft: ["p/package-lock.json"] });
  expect(locks.flat()).toEqual([]);
});

test("a hot file is one resource, however many tasks share it", () => {
  const footprints = Array.from({ length: 5000 }, () => ["hot.ts"]);
  const { resources, holdersOf } = findOverlap(footprints, indexPaths(["hot.ts"]), none);
  expect(resources).toHaveLength(1);
  expect(holdersOf(0)).toHaveLength(5000);
});

test("globs too many to compare are assumed to touch each other, not to be apart", () => {
  const footprints = Array.from({ length: 600 }, (_, at) => [`**/${at}-*.ts`]);
  const { shared } = findOverlap(footprints, indexPaths([]), none);
  expect(shared(300, 301).hard).not.toEqual([]);
  const fewer = findOverlap(footprints.slice(0, 100), indexPaths([]), none);
  expect(fewer.shared(0, 99).hard).toEqual([]);
});

test("two tasks lock each other exactly when a path matches both", () => {
  const names = ["a", "b", "c"];
  const paths = names.flatMap((x) => [x, ...names.map((y) => `${x}/${y}`)]);
  const glob = fc.constantFrom(...paths, "a/*", "*/b", "**", "[ab]/**", "c/**", "*", "{a,b}/c");
  const footprint = fc.uniqueArray(glob, { maxLength: 3 });
  fc.assert(
    fc.property(
      fc.array(footprint, { minLength: 2, maxLength: 5 }),
      fc.subarray(paths.filter((path) => path.includes("/"))),
      (footprints, tracked) => {
        const { locks, shared } = findOverlap(footprints, indexPaths(tracked), none);
        const parsed = footprints.map((globs) => globs.map(parseGlob));
        for (const [a, first] of parsed.entries()) {
          for (const [b, second] of parsed.entries()) {
            if (a === b) continue;
            const isShared = paths.some(
              (path) =>
                first.some((one) => matches(one, path)) && second.some((one) => matches(one, path)),
            );
            const mine = new Set(locks[a]?.flat());
            expect(locks[b]?.flat().some((resource) => mine.has(resource)) ?? false).toBe(isShared);
            expect(shared(a, b).hard.length > 0).toBe(isShared);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});
