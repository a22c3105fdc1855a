import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Config } from "../../src/ground/config/config.ts";
import { recordConsent } from "../../src/ground/config/consent.ts";
import { seeTarget } from "../../src/land/gate/allowance-store.ts";
import { landTrack } from "../../src/land/queue/land-track.ts";
import { MergeQueue } from "../../src/land/queue/merge-queue.ts";
import { tryBase } from "../../src/run/try-target.ts";
import { formatLanding } from "../../src/watch/landing.ts";
import { type ConfigChanges, testConfig } from "../support/config.ts";
import { testEnv } from "../support/env.ts";
import { readyTrack } from "../support/ready-track.ts";
import { commitFiles, git, gitRepo, groundOf } from "../support/repo.ts";
import { scratch } from "../support/scratch.ts";

/** Runs each file of `t` as a test and tells its result in TAP; notes each run beside the trees. */
const script = `echo run >> ../../runs
n=0; bad=0; echo "1..$(ls t | wc -l)"
for f in t/*; do n=$((n+1)); if sh "$f"; then echo "ok $n - $f"; else echo "not ok $n - $f"; bad=1; fi; done
exit $bad
`;
const [green, red] = ["exit 0\n", "echo broken >&2; exit 1\n"];
const plain = { width: 200, color: false };

/** Makes a repository whose target fails the test `old`, with a person who consents to its gate. */
async function targetOf(
  {
    base = "new-failures",
    gate = "sh gate.sh",
    ...more
  }: {
    base?: Config["land"]["base"];
    gate?: string | Config["land"]["gate"];
    worktrees?: NonNullable<ConfigChanges["worktrees"]>;
  } = {},
  files: Readonly<Record<string, string>> = { "t/fine": green, "t/old": red },
) {
  const top = gitRepo({ "gate.sh": script, ...files });
  const ground = await groundOf(top, { ...testEnv(), XDG_STATE_HOME: scratch() });
  const steps = typeof gate === "string" ? [{ name: "test", command: gate }] : gate;
  const config = testConfig(top, { ...more, land: { gate: steps, base } });
  recordConsent(ground, config);
  const runs = (): number => {
    const file = join(top, "../runs");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").length : 0;
  };
  return {
    ...{ top, ground, config, runs },
    look: async () => await tryBase(ground, config),
    land: async (name: string, changes: Readonly<Record<string, string>>) => {
      readyTrack(ground, config, name, { files: changes });
      return await landTrack(ground, config, name as never);
    },
  };
}

test("the gate is tried on the target's tip once, and its verdict is kept with the tree", async () => {
  const { look, runs, top, land } = await targetOf({ base: "must-be-green" });
  const first = await look();
  expect(first).toMatchObject({
    kind: "red",
    commit: git(top, "rev-parse", "main"),
    red: { failures: ["tap: t/old"], failing: ["not ok 2 - t/old"], exitCode: 1 },
  });
  expect([await look(), runs()]).toEqual([first, 1]);
  expect(await land("mends", { "t/old": green })).toMatchObject({ outcome: "landed" });
  const then = runs();
  expect(await look()).toMatchObject({ kind: "green", commit: git(top, "rev-parse", "main") });
  expect(runs()).toBe(then);
});

test("a red landing is handed back while the target is red, unless a person has decided otherwise", async () => {
  const { land, look } = await targetOf({ base: "must-be-green" });
  const report = await land("other", { "a.txt": "a\n" });
  expect(report).toMatchObject({ outcome: "red", failing: ["not ok 2 - t/old"] });
  expect(report.gate).not.toHaveProperty("allowed");
  // The target had not been tried yet.
  expect(report.detail).not.toContain("main itself");
  await look();
  const again = await land("more", { "b.txt": "b\n" });
  expect(again.detail).toContain("; main itself fails the same");
  expect(again.hint).toContain("mend main first");
  expect((await land("breaks", { "t/fine": red })).detail).not.toContain("main itself");
});

test("with new-failures, an old failure lands and is named, and a new one blocks", async () => {
  const { land, look, runs, top } = await targetOf();
  const landed = await land("other", { "a.txt": "a\n" });
  // Once for the target, which had not been tried yet, and once for the landing.
  expect(runs()).toBe(2);
  expect(landed).toMatchObject({
    outcome: "landed",
    gate: { exitCode: 1, allowed: ["tap: t/old"], new: [] },
  });
  expect(formatLanding(landed, plain).join("\n")).toContain(
    "allowed, as the target fails them too (1): tap: t/old",
  );
  // The verdict on the landed tree is known: nothing is run to learn that the target is still red.
  expect(await look()).toMatchObject({ kind: "red", commit: git(top, "rev-parse", "main") });
  expect(runs()).toBe(2);
  const blocked = await land("breaks", { "t/fine": red });
  expect(blocked).toMatchObject({
    outcome: "red",
    detail: "`sh gate.sh`: exit code 1: not ok 1 - t/fine",
    gate: { allowed: ["tap: t/old"], new: ["tap: t/fine"] },
  });
  expect(formatLanding(blocked, plain)).toContain("  new failures (1): tap: t/fine");
  const handoff = readFileSync(join(top, "../repo.trees/breaks/.pleach/HANDOFF.md"), "utf8");
  expect(handoff).toContain("## New failures: 1\n\n- tap: t/fine\n");
  expect(handoff).toContain(
    "## Failures that main has too, and that may stay: 1\n\n- tap: t/old\n",
  );
});

test("what is gone from the target may never fail again, whoever got rid of it", async () => {
  const { land, top } = await targetOf({}, { "t/a": red, "t/b": red, "t/c": red });
  expect(await land("mends", { "t/a": green })).toMatchObject({ outcome: "landed" });
  expect(await land("breaks", { "t/a": red })).toMatchObject({
    outcome: "red",
    gate: { allowed: ["tap: t/b", "tap: t/c"], new: ["tap: t/a"] },
  });
  commitFiles(top, { "t/b": green }, "Mend b");
  expect(await land("again", { "t/b": red })).toMatchObject({
    outcome: "red",
    gate: { allowed: ["tap: t/c"], new: ["tap: t/b"] },
  });
  // Not even where it came back to the target itself.
  commitFiles(top, { "t/b": red }, "Break b");
  expect(await land("other", { "x.txt": "x\n" })).toMatchObject({
    outcome: "red",
    gate: { new: ["tap: t/b"] },
  });
});

test("each of several steps is held against its own failures on the target", async () => {
  const gate = [
    { name: "lint", command: "echo 'a.c:3: error: old'; exit 1" },
    { name: "test", command: "sh gate.sh" },
  ];
  const { land, look } = await targetOf({ gate });
  expect(await look()).toMatchObject({
    red: { failures: ["lint: a.c:<place>: error: old", "test: tap: t/old"] },
  });
  expect(await land("other", { "a.txt": "a\n" })).toMatchObject({ outcome: "landed" });
  expect(await land("breaks", { "t/fine": red })).toMatchObject({
    outcome: "red",
    detail: "test: `sh gate.sh`: exit code 1: not ok 1 - t/fine",
    gate: { new: ["test: tap: t/fine"] },
  });
});

test("an output that does not tell all that failed excuses nothing", async () => {
  const gate = "echo '1..5'; echo 'not ok 1 - old'; exit 1";
  const { land } = await targetOf({ gate });
  expect(await land("other", { "a.txt": "a\n" })).toMatchObject({
    outcome: "red",
    detail: expect.stringContaining("does not name all that failed"),
  });
});

test.each([
  ["the gate", { gate: "no-such-runner" }],
  ["the setup", { worktrees: { setup: ["no-such-runner install"] } }],
])("a program that %s does not find is named, and looked for again", async (_, scene) => {
  const { look } = await targetOf(scene);
  expect(await look()).toMatchObject({ kind: "unready", missing: "no-such-runner" });
  expect(await look()).toMatchObject({ kind: "unready", missing: "no-such-runner" });
});

test("a gate that a signal ended is no verdict on the target, and is run again", async () => {
  const { look, land } = await targetOf({
    base: "must-be-green",
    gate: "test -e ../../seen && exit 0; touch ../../seen; kill -9 $$",
  });
  expect(await look()).toMatchObject({ kind: "unready", detail: expect.stringMatching(/SIGKILL/) });
  expect(await look()).toMatchObject({ kind: "green" });
  const landed = await land("a", { a: "a\n" });
  expect(landed).toMatchObject({ outcome: "landed" });
  expect(landed.gate).not.toHaveProperty("flaky");
});

test("nothing is run without a gate, or without consent to it", async () => {
  const { ground, config, runs, look } = await targetOf();
  const other = {
    ...config,
    land: { ...config.land, gate: [{ name: "test", command: "sh gate.sh #" }] },
  };
  expect(await tryBase(ground, other)).toMatchObject({
    kind: "untried",
    why: expect.stringContaining("consented"),
  });
  const none = { ...config, land: { ...config.land, gate: [] } };
  expect(await tryBase(ground, none)).toEqual({ kind: "untried", why: "no gate is configured" });
  expect(runs()).toBe(0);
  const stop = new AbortController();
  stop.abort();
  expect(await tryBase(ground, config, { signal: stop.signal })).toEqual({
    kind: "untried",
    why: "it was interrupted",
  });
  expect(await look()).toMatchObject({ kind: "red" });
});

test("a report in JUnit XML is read where it was written, if it was written just now", async () => {
  const report = `<testsuite failures="$(ls bad | wc -l)" errors="0">$(for f in bad/*; do echo "<testcase classname=\\"c\\" name=\\"$(basename $f)\\"><failure message=\\"x\\"/></testcase>"; done)</testsuite>`;
  const files = {
    ".gitignore": "out\n",
    "bad/old": "",
    "report.sh": `mkdir -p out; echo "${report}" > out/TEST-all.xml; echo "it failed"; exit 1\n`,
  };
  const { land, look } = await targetOf({ gate: "sh report.sh" }, files);
  expect(await look()).toMatchObject({ kind: "red", red: { failures: ["junit: c > old"] } });
  expect(await land("other", { "a.txt": "a\n" })).toMatchObject({ outcome: "landed" });
  expect(await land("breaks", { "bad/new": "" })).toMatchObject({
    outcome: "red",
    gate: { allowed: ["junit: c > old"], new: ["junit: c > new"] },
  });
});

test("a setup is tried without a gate, and the missing gate is told", async () => {
  const { look } = await targetOf({ gate: [], worktrees: { setup: ["true"] } });
  const why = "no gate is configured; the setup works there";
  expect([await look(), await look()]).toEqual([
    { kind: "untried", why },
    { kind: "untried", why },
  ]);
  const broken = await targetOf({ gate: [], worktrees: { setup: ["exit 3"] } });
  expect(await broken.look()).toMatchObject({
    kind: "unready",
    detail: expect.stringContaining("exit code 3"),
  });
});

test("a failure allowed when the gate ran, and gone from the target since, does not land", async () => {
  const { ground, config, look, land } = await targetOf();
  await look();
  const heal = (step: string) => {
    if (step === "land:gate:result") seeTarget(ground, config, []);
  };
  const wary = { ...ground, fault: async (step: string) => heal(step) };
  readyTrack(ground, config, "late", { files: { "a.txt": "a\n" } });
  expect(await landTrack(wary, config, "late" as never)).toMatchObject({
    outcome: "red",
    detail: "tap: t/old fails, and main has got rid of that failure meanwhile",
  });
  expect(await land("mends", { "t/old": green })).toMatchObject({ outcome: "landed" });
});

test("several tracks land together when they are red as the target is", async () => {
  const { ground, config, look } = await targetOf();
  await look();
  const names = ["one", "two", "three"];
  for (const name of names) readyTrack(ground, config, name);
  const queue = new MergeQueue(ground, config, {});
  const reports = await Promise.all(names.map((name) => queue.land(name as never)));
  for (const report of reports) {
    expect(report).toMatchObject({ outcome: "landed", gate: { allowed: ["tap: t/old"] } });
  }
});
