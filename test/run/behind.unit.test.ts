import fc from "fast-check";
import { expect, test } from "vitest";
import { asAccountId, parseSha, parseTrackName } from "../../src/ground/ids.ts";
import { behindAmong, type Orderable } from "../../src/run/behind.ts";
import type { TrackState } from "../../src/track/track.ts";

const sha = parseSha("0".repeat(40));
const states: readonly TrackState[] = [
  { state: "growing" },
  { state: "ready", tip: sha },
  { state: "handed-back", kind: "conflict", paths: [] },
  { state: "needs-human", reason: "tries", detail: "" },
  { state: "landed", commit: sha },
];

const track = (name: string, createdAt: number, changes: Partial<Orderable> = {}): Orderable => ({
  name: parseTrackName(name),
  at: { state: "growing" },
  createdAt,
  landsByItself: true,
  ...changes,
});

const conflict = (...pairs: readonly (readonly [string, string])[]) => {
  const names = [...new Set(pairs.flat())];
  return new Map(
    names.map((name) => [
      name,
      pairs.flatMap(([a, b]) => (a === name ? [{ track: b }] : b === name ? [{ track: a }] : [])),
    ]),
  );
};

test("the later of two tracks waits for the earlier, as long as the earlier moves by itself", () => {
  const conflicts = conflict(["old", "new"]);
  const behind = (old: Partial<Orderable>) =>
    [...behindAmong([track("new", 2), track("old", 1, old)], conflicts)].map((pair) => pair.join());
  expect(behind({})).toEqual(["new,old"]);
  expect(behind({ at: { state: "ready", tip: sha } })).toEqual(["new,old"]);
  expect(behind({ at: { state: "needs-human", reason: "tries", detail: "" } })).toEqual([]);
  const third = parseTrackName("third");
  expect(behind({ at: { state: "held", behind: third, detail: "" } })).toEqual(["new,old"]);
  expect(behind({ at: { state: "held", account: asAccountId("a"), detail: "" } })).toEqual([]);
  expect(behind({ at: { state: "landed", commit: sha } })).toEqual([]);
  expect(behind({ landsByItself: false })).toEqual([]);
  expect([...behindAmong([track("new", 2)], conflicts)]).toEqual([]);
});

test("one of the conflicting tracks can always go on", () => {
  const tracks = fc.array(
    fc.record({
      name: fc.constantFrom(..."abcdef").map(parseTrackName),
      at: fc.constantFrom(...states),
      createdAt: fc.nat(3),
      landsByItself: fc.boolean(),
    }),
    { minLength: 1 },
  );
  const pairs = fc.array(fc.tuple(fc.constantFrom(..."abcdef"), fc.constantFrom(..."abcdef")));
  fc.assert(
    fc.property(tracks, pairs, (all, met) => {
      const known = [...new Map(all.map((one) => [one.name, one])).values()];
      const apart = met.filter(([a, b]) => a !== b);
      const behind = behindAmong(known, conflict(...apart));
      expect(known.some(({ name }) => !behind.has(name))).toBe(true);
    }),
  );
});
