import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSha } from "../../../src/ground/ids.ts";
import {
  branchIn,
  judgeStash,
  parseStashLog,
  type Stash,
  type StashedPath,
} from "../../../src/grow/done/stash.ts";

const commit = parseSha("c".repeat(40));
const stashOf = (branch: string, place: number | null, path: Partial<StashedPath>): Stash => ({
  ...{ commit, branch, place },
  paths: [{ path: "a", before: "old", stashed: "half", tip: "old", base: "old", ...path }],
});

test.each([
  ["in the list, and in no commit", 0, {}, "left"],
  ["in the list, and committed as well", 0, { tip: "half" }, undefined],
  ["in the list, and something else is committed", 0, { tip: "other" }, "left"],
  ["out of the list, and in no commit", null, {}, "gone"],
  ["out of the list, and worked on since", null, { tip: "other" }, undefined],
  ["a removal that was not committed", 0, { stashed: null }, "left"],
] as const)("work of its own %s", (_, place, path, kind) => {
  expect(judgeStash("work/auth", stashOf("work/auth", place, path))?.kind).toBe(kind);
});

test.each([
  ["what another had put aside is in its commits", { tip: "half" }, "foreign"],
  ["what was there before", { tip: "half", base: "half" }, undefined],
  ["nothing of it", {}, undefined],
] as const)("of another's stash, %s", (_, path, kind) => {
  expect(judgeStash("work/auth", stashOf("work/other", null, path))?.kind).toBe(kind);
});

test("a log of stashes is read line by line, and lines that are not git's are passed over", () => {
  const [none, one, two] = ["0", "1", "2"].map((digit) => digit.repeat(40));
  const who = "A U Thor <a@example.invalid> 1700000000 +0000";
  const log = `${none} ${one} ${who}\tWIP on work/auth: 1234567 First: more\n${one} ${two} ${who}\tOn main: words\nbroken\n`;
  expect(parseStashLog(log)).toEqual([
    { commit: one, branch: "work/auth" },
    { commit: two, branch: "main" },
  ]);
  expect(branchIn("WIP on (no branch): 1234567 First")).toBeUndefined();
  fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseStashLog(text))));
});
