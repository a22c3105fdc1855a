import fc from "fast-check";
import { expect, test } from "vitest";
import { asBranchName, parseSha } from "../../../src/ground/ids.ts";
import { decideDone, type TreeEvidence, type WorktreeFacts } from "../../../src/grow/done/done.ts";

const base = parseSha("a".repeat(40));
const tip = parseSha("b".repeat(40));
const branch = asBranchName("work/auth");
type Present = Extract<TreeEvidence, { kind: "present" }>;

const whole: Present = {
  kind: "present",
  branch,
  head: tip,
  tip,
  commits: 1,
  hasBase: true,
  dirty: [],
  unfinished: null,
  lock: null,
};
const finished: WorktreeFacts = {
  expected: { branch, base },
  tree: whole,
  failure: undefined,
  obstacle: undefined,
  report: null,
  refusedTip: null,
  reminded: false,
  renewals: { count: 0, mark: null },
};
const withTree = (changes: Partial<Present>): WorktreeFacts => ({
  ...finished,
  tree: { ...whole, ...changes },
});

const gaps: readonly (readonly [string, Partial<Present>, string])[] = [
  ["no commit", { commits: 0 }, "not-done"],
  ["uncommitted files", { dirty: ["a"] }, "not-done"],
  ["another branch", { branch: asBranchName("mine") }, "wrong-branch"],
  ["a detached HEAD", { branch: null }, "wrong-branch"],
  ["a branch that is gone", { tip: null, commits: 0 }, "wrong-branch"],
  ["a branch without its base", { hasBase: false }, "wrong-branch"],
  ["an unfinished rebase", { unfinished: "a rebase" }, "git-busy"],
  ["a lock left behind", { lock: "/x/index.lock" }, "git-busy"],
];

test("commits, a clean tree and its own branch make a track ready", () => {
  expect(decideDone(finished)).toEqual({ kind: "ready", tip });
});

test("a commit hook's refusal is told once, then a person decides", () => {
  const evidence = { ...withTree({ commits: 0, dirty: ["b.js"] }), refusal: "b.js:1 lint\n# two" };
  const told = decideDone(evidence);
  expect(told).toMatchObject({ kind: "remind" });
  expect(told.kind === "remind" && told.missing).toMatch(
    /hook .* refused[\s\S]*\n {4}b\.js:1 lint\n {4}# two$/,
  );
  expect(decideDone({ ...evidence, reminded: true })).toEqual({
    ...{ kind: "needs-human", reason: "not-done" },
    detail: "a commit hook refused its work: b.js:1 lint ⏎ # two",
  });
});

test.each(gaps)("%s is asked for once, then a person decides", (_, changes, reason) => {
  const evidence = withTree(changes);
  expect(decideDone(evidence).kind).toBe("remind");
  expect(decideDone({ ...evidence, reminded: true })).toMatchObject({
    kind: "needs-human",
    reason,
  });
});

test("an agent that fails is not reminded, unless it had reported done", () => {
  const failed = { ...finished, failure: "exit code 3" };
  expect(decideDone(failed)).toEqual({
    kind: "needs-human",
    reason: "agent-failed",
    detail: "the agent ended with exit code 3; its work is committed and complete",
  });
  expect(decideDone({ ...withTree({ commits: 0 }), failure: "signal SIGKILL" })).toMatchObject({
    detail: "the agent ended with signal SIGKILL; besides, it ended without a commit",
  });
  expect(decideDone({ ...failed, report: { kind: "done", text: "" } }).kind).toBe("ready");
});

test("a tip that a landing refused does not answer the refusal", () => {
  expect(decideDone({ ...finished, refusedTip: tip }).kind).toBe("remind");
  expect(decideDone({ ...finished, refusedTip: base }).kind).toBe("ready");
});

test("a worker that says it is blocked waits for a person, with its words", () => {
  const report = { kind: "blocked", text: "which port?" } as const;
  expect(decideDone({ ...finished, report })).toEqual({
    kind: "needs-human",
    reason: "blocked",
    detail: "which port?",
  });
});

test("nothing is ever ready with a gap, whatever its agent reports", () => {
  const evidence = fc.record({
    changes: fc.constantFrom(...gaps.map(([, changes]) => changes)),
    failure: fc.constantFrom(undefined, "exit code 1"),
    report: fc.constantFrom(null, { kind: "done" as const, text: "done!" }),
    reminded: fc.boolean(),
  });
  fc.assert(
    fc.property(evidence, ({ changes, ...rest }) => {
      expect(decideDone({ ...withTree(changes), ...rest }).kind).not.toBe("ready");
    }),
  );
});

test("a track waits for a limit without a person, and is done all the same once it reported so", () => {
  const met = { ...finished, obstacle: { kind: "limit", detail: "why" } } as const;
  expect(decideDone(met)).toEqual({ kind: "hold", detail: "why" });
  const done = { kind: "done", text: "" } as const;
  expect(decideDone({ ...met, report: done }).kind).toBe("ready");
});

test.each(["denied", "auth"] as const)("an obstacle (%s) is a person's at once", (kind) => {
  const met = { ...finished, obstacle: { kind, detail: "why" } };
  expect(decideDone(met)).toEqual({ kind: "needs-human", reason: kind, detail: "why" });
});

test("a denied permission outweighs a report of done; a limit after the report does not", () => {
  const report = { kind: "done", text: "all of it" } as const;
  const met = (kind: "denied" | "limit") => ({
    ...finished,
    report,
    obstacle: { kind, detail: "" },
  });
  expect(decideDone(met("denied"))).toMatchObject({ reason: "denied" });
  expect(decideDone(met("limit"))).toEqual({ kind: "ready", tip });
});

test("fresh sessions follow a full session, while something new is done", () => {
  const full = { ...finished, obstacle: { kind: "context", detail: "full" } as const };
  const first = decideDone({ ...full, reminded: true });
  if (first.kind !== "renew") throw new Error(`it is ${first.kind}`);
  const { mark } = first;
  expect(decideDone({ ...full, renewals: { count: 1, mark } })).toEqual({
    kind: "needs-human",
    reason: "context",
    detail: "full, again, with nothing new done since: split the task",
  });
  const dirty = { ...withTree({ dirty: ["new.txt"] }), obstacle: full.obstacle };
  expect(decideDone({ ...dirty, renewals: { count: 2, mark } }).kind).toBe("renew");
  expect(decideDone({ ...dirty, renewals: { count: 3, mark } })).toMatchObject({
    reason: "context",
    detail: "full, again, 3 times: split the task",
  });
});
