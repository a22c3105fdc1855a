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

test("a handoff says what is done, what lies there, and what was said last, as plain text", () => {
  const text = formatRenewal(left, undefined);
  expect(text).toContain("its context is full\\x1b[31m. Look at");
  expect(text).toContain("- abc Add a");
  expect(text).toContain("- src/a.ts");
  expect(text).toContain("````\nSee ```\ncode\n```\\x1b]0;title\\x07\n> Bash npm test\n````");
  expect(text).not.toContain("\x1b");
});

test("what others wrote is kept below, and what a session before it wrote is not said twice", () => {
  const first = formatRenewal(left, "# auth did not land\n\nrebase it");
  expect(first).toMatch(/the handoff before it -->\n\n# auth did not land\n\nrebase it\n$/);
  const second = formatRenewal({ ...left, commits: ["abc Add a", "def Add b"] }, first);
  expect(second.match(/could not go on/g)).toHaveLength(1);
  expect(second.match(/auth did not land/g)).toHaveLength(1);
  expect(formatRenewal(left, formatRenewal(left, undefined))).toBe(formatRenewal(left, undefined));
});
