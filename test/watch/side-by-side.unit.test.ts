import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { asRepoPath, parseSha, parseTrackName } from "../../src/ground/ids.ts";
import { columns } from "../../src/ground/paper.ts";
import {
  type FileVersions,
  formatVersions,
  isKept,
  type RaceVersions,
  type Row,
  regionsOf,
  rowsOf,
} from "../../src/race/versions.ts";
import type { PatchedFile } from "../../src/radar/symbols/patch.ts";
import { formatSideBySide } from "../../src/watch/side-by-side.ts";
import { formatSideBySidePage } from "../../src/watch/side-by-side-page.ts";

const file = (
  path: string,
  rows: readonly Row[] | null,
  names: readonly string[][],
): FileVersions => ({
  ...{ path: asRepoPath(path), rows, untouched: [] },
  versions: names.map((tracks) => {
    return { tracks: tracks.map(parseTrackName), change: "changed", mode: undefined };
  }),
});

const raceOf = (...files: readonly FileVersions[]): RaceVersions => ({
  ...{ race: "sum", base: parseSha("a".repeat(40)), files, left: 0 },
  candidates: ["sum-1", "sum-2"].map((track) => ({ track: parseTrackName(track), agent: "plain" })),
});

const row = (base: string | undefined, ...cells: readonly (string | undefined)[]): Row => ({
  base: base && `${base}\n`,
  cells: cells.map((cell) => cell && `${cell}\n`),
});

const two = [["sum-1"], ["sum-2"]];

test("each column reads like a diff of its own, and the changes that both make are marked", () => {
  const rows = [
    row("top", "top", "top"),
    row("old", "one", "two"),
    row(undefined, "both", "both"),
    row("tail", "tail", "tail"),
  ];
  expect(formatSideBySide(raceOf(file("a.txt", rows, two)), { width: 80, color: false })).toEqual([
    "race sum from aaaaaaaaa: sum-1 plain, sum-2 plain",
    "",
    "a.txt",
    "sum-1                                  │ sum-2",
    "  1   top                              │   1   top",
    "    - old                              =     - old",
    "  2 + one                              │   2 + two",
    "  3 + both                             =   3 + both",
    "  4   tail                             │   4   tail",
    "",
    "= the same change on both sides",
  ]);
});

test("removed lines come before their replacement, but never across a line that a version keeps", () => {
  const rows = [row("a", "A", "x"), row("b", "B", "y"), row("c", "c", "C"), row("d", "D", "D")];
  const lines = formatSideBySide(raceOf(file("f", rows, two)), { width: 80, color: false });
  const side = (from: number): readonly string[] =>
    lines
      .slice(4, -2)
      .map((line) => line.slice(from, from + 36).trim())
      .filter((text) => text !== "");
  expect(side(0)).toEqual(["- a", "- b", "1 + A", "2 + B", "3   c", "- d", "4 + D"]);
  expect(side(42)).toEqual(["- a", "- b", "1 + x", "2 + y", "- c", "- d", "3 + C", "4 + D"]);
});

test("versions stand below each other when there are too many", () => {
  const names = ["sum-1", "sum-2", "sum-3"].map((name) => [name]);
  const rows = [row("old", "one", "two", "three")];
  const heads = (width: number): readonly string[] =>
    formatSideBySide(raceOf(file("a", rows, names)), { width, color: false }).filter((line) =>
      line.startsWith("sum-"),
    );
  expect(heads(160)).toHaveLength(1);
  expect(heads(80).map((head) => head.trim())).toEqual([
    expect.stringMatching(/^sum-1 +│ sum-2$/),
    "sum-3",
  ]);
  expect(heads(50)).toEqual(["sum-1", "sum-2", "sum-3"]);
});

test("no line is wider than the paper, or carries sequences that steer a terminal", () => {
  const line = fc.oneof(
    fc.constantFrom(undefined, "\t合計\t\r", "\x1b]0;evil\x07", "e\u0301👩‍👩‍👧\t", "x".repeat(300)),
    fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\n", "")),
  );
  const rows = fc.array(
    fc.tuple(line, line, line).map(([base, one, other]) => row(base, one, other)),
  );
  fc.assert(
    fc.property(rows, fc.integer({ min: 40, max: 200 }), fc.boolean(), (all, width, color) => {
      for (const text of formatSideBySide(raceOf(file("a", all, two)), { width, color })) {
        expect(columns(text)).toBeLessThanOrEqual(width);
        expect(stripVTControlCharacters(text)).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
      }
    }),
  );
});

test("binary files, and the facts besides the lines, are told", () => {
  const agreed = file("all", [row("a", "b")], [["sum-1", "sum-2"]]);
  const gone: FileVersions = {
    ...file("gone", [], [["sum-2"]]),
    ...{ versions: [{ tracks: [parseTrackName("sum-2")], change: "removed", mode: undefined }] },
    untouched: [parseTrackName("sum-1")],
  };
  const lines = formatSideBySide(raceOf(agreed, file("x.png", null, two), gone), {
    ...{ width: 120, color: false },
  });
  expect(lines).toContain("  all make the same change");
  expect(lines).toContain(
    "  sum-1 and sum-2 each change it in their own way; binary or very large: no lines to show",
  );
  expect(lines).toContain("  sum-2 removes it; sum-1 leaves it as it was");
  expect(formatVersions(raceOf(agreed))).toMatchObject({ files: [{ agreed: true }] });
});

test("a page shows the differences in a table, inside of fences that hold", () => {
  const rows = [row("a", "b", "b"), row("k", "k", "k"), row("c", "```", "<td>")];
  const page = formatSideBySidePage(raceOf(file("a.md", rows, two))).join("\n");
  expect(page).toContain("All columns, line 1:\n\n```diff\n-a\n+b\n```");
  expect(page).toContain("<th>sum-1, line 3</th><th>sum-2, line 3</th>");
  expect(page).toContain("````diff\n-c\n+```\n````");
});

test("regions keep connected changes together, and tell their first line", () => {
  const rows = [
    row("a", "a", "a"),
    row("b", "x", "x"),
    row("c", "y", undefined),
    row("d", "d", "d"),
  ];
  expect(regionsOf(rows)).toEqual([
    {
      agreed: true,
      base: { line: 2, text: "b\n" },
      versions: [
        { line: 2, text: "x\n" },
        { line: 2, text: "x\n" },
      ],
    },
    {
      agreed: false,
      base: { line: 3, text: "c\n" },
      versions: [
        { line: 3, text: "y\n" },
        { line: 3, text: "" },
      ],
    },
  ]);
});

/**
 * Draws a patch that leads from the lines to others, with all lines around: added and removed ones.
 */
const patchFrom = (own: readonly string[]): fc.Arbitrary<PatchedFile> =>
  fc
    .tuple(
      fc.array(fc.boolean(), { minLength: own.length, maxLength: own.length }),
      fc.array(fc.array(fc.constantFrom("p", "q"), { maxLength: 2 }), {
        ...{ minLength: own.length + 1, maxLength: own.length + 1 },
      }),
    )
    .map(([kept, put]) => {
      const rows = put.flatMap((added, at) => [
        ...(at === 0 ? [] : [`${kept[at - 1] === true ? " " : "-"}${own[at - 1]}`]),
        ...added.map((text) => `+${text}`),
      ]);
      return { before: "f", after: "f", isBinary: false, hunks: [{ at: 1, rows }] };
    });

const sideOf = ({ hunks }: PatchedFile, mark: "-" | "+"): string =>
  hunks
    .flatMap(({ rows }) => rows)
    .filter((text) => text.startsWith(" ") || text.startsWith(mark))
    .map((text) => `${text.slice(1)}\n`)
    .join("");

test("each column is its version whole, line for line, whatever stands side by side", () => {
  const worlds = fc
    .array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 6 })
    .chain((own) => fc.tuple(patchFrom(own), fc.array(patchFrom(own), { maxLength: 3 })));
  fc.assert(
    fc.property(worlds, ([base, others]) => {
      const rows = rowsOf(base, others);
      expect(rows.map((one) => one.base ?? "").join("")).toBe(sideOf(base, "+"));
      expect(rows.map(({ cells }) => cells[0] ?? "").join("")).toBe(sideOf(base, "-"));
      for (const [at, other] of others.entries()) {
        expect(rows.map(({ cells }) => cells[at + 1] ?? "").join("")).toBe(sideOf(other, "+"));
      }
      const changed = rows.filter((one) => !isKept(one));
      expect(
        regionsOf(rows)
          .map(({ base: { text } }) => text)
          .join(""),
      ).toBe(changed.map((one) => one.base ?? "").join(""));
    }),
  );
});
