import { expect, test } from "vitest";
import { asBranchName } from "../../../src/ground/ids.ts";
import { formatRenewal, type Leftover } from "../../../src/grow/prompt/renewal.ts";

const left: Leftover = {
  track: { tasks: [], branch: asBranchName("work/auth") },
  why: "its context is full\x1b[31m",
  commits: ["abc Add a"],
  dirty: ["src/a.ts"],
  last: [
    { kind: "message", text: "See ```\ncode\n```\x1b]0;title\x07", subAgent: null },
    { kind: "tool", tool: "Bash", paths: [], detail: "npm test", subAgent: null },
  ],
};

test("a handoff tells the finished work, the uncommitted paths and the last words, as plain text", () => {
  const text = formatRenewal(left, undefined);
  expect(text).toContain("its context is full\\x1b[31m. Look at");
  expect(text).toContain("- abc Add a");
  expect(text).toContain("- src/a.ts");
  expect(text).toContain("````\nSee ```\ncode\n```\\x1b]0;title\\x07\n> Bash npm test\n````");
  expect(text).not.toContain("\x1b");
});

test("others' words are kept below, and an earlier session's renewal is not repeated", () => {
  const first = formatRenewal(left, "# auth did not land\n\nrebase it");
  expect(first).toMatch(/the handoff before it -->\n\n# auth did not land\n\nrebase it\n$/);
  const second = formatRenewal({ ...left, commits: ["abc Add a", "def Add b"] }, first);
  expect(second.match(/could not go on/g)).toHaveLength(1);
  expect(second.match(/auth did not land/g)).toHaveLength(1);
  expect(formatRenewal(left, formatRenewal(left, undefined))).toBe(formatRenewal(left, undefined));
});
