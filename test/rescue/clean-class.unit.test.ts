import { expect, test } from "vitest";
import { asBranchName, parseSha, type TrackName } from "../../src/ground/ids.ts";
import { classify, type SafetyFacts } from "../../src/rescue/clean-class.ts";
import type { Track } from "../../src/track/track.ts";

const commit = parseSha("1".repeat(40));
const landed: Track = {
  name: "auth" as TrackName,
  branch: asBranchName("work/auth"),
  worktree: "/trees/auth",
  base: commit,
  target: asBranchName("main"),
  tasks: [],
  footprint: [],
  agent: "fixture",
  mode: "stream",
  host: "headless",
  permissions: "ask",
  prompt: "",
  tries: 0,
  createdAt: 0,
  since: 0,
  at: { state: "landed", commit },
};
const proven: SafetyFacts = {
  track: landed,
  registration: "there",
  inside: [],
  worker: "over",
  dirty: 0,
  merged: true,
};

test("a worktree is safe only when that is proven in every respect", () => {
  expect(classify(proven)).toEqual({ class: "safe", reason: "main has all of it" });
});

test.each<readonly [string, Partial<SafetyFacts>, string]>([
  ["nobody recorded it", { track: undefined }, "unknown"],
  ["git does not know it", { registration: "none" }, "unknown"],
  ["its folder is missing", { registration: "missing" }, "unknown"],
  ["its folder is another's", { registration: "foreign" }, "unknown"],
  ["somebody locked it", { registration: "locked" }, "unknown"],
  ["its track goes on", { track: { ...landed, at: { state: "growing" } } }, "live"],
  ["its worker runs", { worker: "running" }, "live"],
  ["its worker cannot be looked for", { worker: undefined }, "unknown"],
  ["a process is inside", { inside: [7, 8] }, "live"],
  ["processes cannot be looked for", { inside: undefined }, "unknown"],
  ["something was changed", { dirty: 2 }, "dirty"],
  ["git cannot say what was changed", { dirty: undefined }, "unknown"],
  ["the target lacks something", { merged: false }, "unmerged"],
  ["git cannot say what the target has", { merged: undefined }, "unknown"],
])("a worktree stays when %s", (_, change, expected) => {
  expect(classify({ ...proven, ...change }).class).toBe(expected);
});
