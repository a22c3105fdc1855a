import fc from "fast-check";
import { expect, test } from "vitest";
import { parseRaceName, parseSha, parseTrackName } from "../../src/ground/ids.ts";
import {
  adviceFrom,
  agreementOf,
  type CandidateFacts,
  countTests,
  ranked,
  suggestionFrom,
} from "../../src/race/compare.ts";
import { parseParts } from "../../src/race/parts.ts";
import { parseEntrants, type Race, raceOf } from "../../src/race/race.ts";
import type { FilePatch } from "../../src/radar/symbols/patch.ts";
import { formatComparison, formatComparisonPage, formatPick } from "../../src/watch/race.ts";

const evidence = (name: string, changes: Partial<CandidateFacts> = {}): CandidateFacts => ({
  ...{ track: parseTrackName(name), agent: "a", state: "ready" },
  gate: { outcome: "green", gate: { command: "test", exitCode: 0, seconds: 1 } },
  tests: { added: 0, removed: 0 },
  diff: { files: 1, insertions: 1, deletions: 1 },
  ...{ paths: ["a"], outside: null, conflicts: [], seconds: 1, usage: null, summary: null },
  ...changes,
});
const red = { outcome: "red", detail: "exit code 1", gate: null } as const;

const patch = (path: string, removed: readonly string[], added: readonly string[]): FilePatch => ({
  ...{ before: path, after: path, removed },
  added: added.map((text, at) => ({ line: at + 1, text })),
});

test("entrants of a race are read from names and counts", () => {
  expect(parseEntrants("claude:2, codex")).toEqual(["claude", "claude", "codex"]);
  for (const text of ["claude", "claude:0,codex", "", "Claude,codex", "a:17", "a:9,b:9"]) {
    expect(() => parseEntrants(text), text).toThrow(expect.objectContaining({ exitCode: 2 }));
  }
});

test("parts name a candidate and its files each", () => {
  expect(parseParts(["a-1:src/x:y.ts", "a-2:test/**", "a-1:b"])).toEqual([
    { track: "a-1", globs: ["src/x:y.ts", "b"] },
    { track: "a-2", globs: ["test/**"] },
  ]);
  for (const text of ["a-1", "a-1:", ":x", "a-1:/x", "A:x"]) {
    expect(() => parseParts([text]), text).toThrow(expect.objectContaining({ exitCode: 2 }));
  }
});

test("a candidate of a race is told by its name and by when it was cut", () => {
  const name = parseTrackName("r-1");
  const race = {
    ...{ name: parseRaceName("r"), base: parseSha("0".repeat(40)), candidates: [name] },
    ...{ at: 5, until: 9, picked: null },
  };
  const runs = (createdAt: number, changes: Partial<Race> = {}): boolean =>
    raceOf([{ ...race, ...changes }], { name, createdAt }) !== undefined;
  expect([4, 5, 9, 10].map((at) => runs(at))).toEqual([false, true, true, false]);
  expect(runs(10, { until: null })).toBe(true);
  expect(runs(5, { picked: name })).toBe(false);
});

test("a red gate never wins, whatever a judge says or how good it looks", () => {
  const outcomes = fc.constantFrom("green", "red", "timeout", "conflict", "untested", undefined);
  const figures = fc.record({
    outcome: outcomes,
    added: fc.nat(9),
    removed: fc.nat(9),
    size: fc.nat(99),
  });
  const judges = fc.oneof(
    fc.string(),
    fc
      .constantFrom("t-0", "t-1", "t-2")
      .map((pick) => JSON.stringify({ pick, why: "it is pretty" })),
  );
  fc.assert(
    fc.property(fc.array(figures, { maxLength: 3 }), judges, (all, word) => {
      const candidates = all.map(({ outcome, added, removed, size }, at) =>
        evidence(`t-${at}`, {
          gate: outcome === undefined ? null : { outcome, gate: null },
          tests: { added, removed },
          diff: { files: 1, insertions: size, deletions: 0 },
        }),
      );
      const green = candidates.filter(({ gate }) => gate?.outcome === "green");
      for (const judge of [null, adviceFrom(word, candidates)]) {
        const suggestion = suggestionFrom(candidates, judge);
        expect(suggestion === null).toBe(green.length === 0);
        if (suggestion !== null) expect(green.map(({ track }) => track)).toContain(suggestion);
      }
      const order = ranked(candidates).map(({ gate }) => gate?.outcome === "green");
      expect(order).toEqual(order.toSorted((a, b) => Number(b) - Number(a)));
    }),
  );
});

test("a judge decides between green gates", () => {
  const candidates = [evidence("t-1"), evidence("t-2", { tests: { added: 0, removed: 1 } })];
  const advice = adviceFrom('{"pick": "t-2", "why": "clearer"}', candidates);
  expect(advice).toEqual({ pick: "t-2", why: "clearer", overruled: null });
  expect(suggestionFrom(candidates, advice)).toBe("t-2");
  expect(suggestionFrom(candidates, null)).toBe("t-1");
  expect(adviceFrom("not JSON", candidates).overruled).toBe("it names nobody");
});

test("cases are counted in files of tests, and a moved case is neither new nor lost", () => {
  const files = [
    patch("test/a.test.ts", ['  it("old", () => {'], ['it("old", () => {', 'test("new", () => {']),
    patch("pkg/b_test.go", ["func TestB(t *testing.T) {"], []),
    patch("src/a.ts", [], ['it("is no test", () => {']),
  ];
  expect(countTests(files)).toEqual({ added: 0, removed: 0 });
  expect(countTests(files.slice(0, 1))).toEqual({ added: 1, removed: 0 });
});

test("agreement of candidates is found: the paths of all, and the same change by some", () => {
  const same = patch("a.ts", ["1"], ["2"]);
  const [one, two, three] = ["r-1", "r-2", "r-3"].map(parseTrackName);
  if (one === undefined || two === undefined || three === undefined) throw new Error("no names");
  const patches = new Map([
    [one, [same, patch("b.ts", [], ["x"])]],
    [two, [same]],
    [three, [patch("a.ts", ["1"], ["3"])]],
  ]);
  expect(agreementOf(patches)).toEqual({
    paths: ["a.ts"],
    same: [{ path: "a.ts", tracks: ["r-1", "r-2"] }],
  });
});

test("the reason why no candidate was picked is told in words", () => {
  const picked = parseTrackName("r-1");
  const report = { race: "r", picked, landing: null, dropped: [], left: [] };
  const trial = { track: picked, paths: [], gate: null };
  const paper = { width: 120, color: false };
  const said = (outcome: "conflict" | "timeout" | "refused"): string | undefined =>
    formatPick({ ...report, trial: { ...trial, outcome, detail: "a.txt" } }, paper)[0];
  expect(said("conflict")).toBe("r-1: not picked, it conflicts with the target: a.txt");
  expect(said("timeout")).toBe("r-1: not picked, its gate ran out of time: a.txt");
  expect(said("refused")).toBe("r-1: not picked, it could not be tested: a.txt");
});

test("a comparison fits one screen and one page, and no control byte of a candidate gets through", () => {
  const candidates = [
    evidence("r-1", { summary: "did\x1b[2J it" }),
    evidence("r-2", { gate: red, outside: ["stray.ts"] }),
  ];
  const comparison = {
    ...{ race: "r", base: "0".repeat(40), candidates },
    ...{
      agreement: { paths: ["a"], same: [] },
      judge: null,
      suggestion: candidates[0]?.track ?? null,
    },
  };
  const lines = formatComparison(comparison, { width: 120, color: false });
  expect(lines[0]).toBe("race r: 2 candidates from 000000000");
  expect(lines.at(-1)).toBe("pick: pleach pick r-1");
  expect(lines.join("\n")).toMatch(/r-2 +a +red/);
  const turned = formatComparison(comparison, { width: 60, color: false });
  expect(turned).toContain("NAME       r-1           r-2");
  expect(turned).toContain("DIFF       1 file +1 -1  1 file +1 -1");
  const narrow = formatComparison(comparison, { width: 36, color: false });
  expect(narrow).toContain("NAME  AGENT  GATE         TESTS");
  expect(narrow).toContain("NAME  TIME  TOKENS  COST");
  const untested = candidates.map((one) => ({ ...one, gate: null }));
  const early = { ...comparison, candidates: untested, suggestion: null };
  const said = formatComparison(early, { width: 120, color: false });
  expect(said.at(-1)).toBe("nobody is tested: there is nobody to pick in r yet");
  expect(said.join("\n")).toMatch(/r-1 +a +not tested/);
  const page = formatComparisonPage(comparison).join("\n");
  expect(page).toContain("| r-2 | a | red |");
  expect(`${lines.join("\n")}${page}`).not.toContain("\x1b");
});
