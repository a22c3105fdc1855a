import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findInside } from "../../../src/ground/proc/find.ts";
import { commitLeftovers } from "../../../src/grow/done/leftovers.ts";
import { startTrack } from "../../../src/grow/start.ts";
import { stopTrack } from "../../../src/grow/stop.ts";
import { latestWorker } from "../../../src/worker/worker-store.ts";
import { landingOf } from "../../land/landing/landing-of.ts";
import { growRepo, settled } from "../../support/grow.ts";
import { writeHook } from "../../support/hostile.ts";
import { git, writeFiles } from "../../support/repo.ts";
import { trackSeed } from "../../support/track.ts";

/* Uncommitted work of agents that do not commit: committed for them, with the user's hooks run. */

/**
 * Writes code that a linter refuses, and mends it once told. All it is told lies beside its
 * worktree.
 */
const careless =
  'cp "$PLEACH_PROMPT_FILE" "../told.$PLEACH_TRACK.$$"; if grep -q "lint: use const" "$PLEACH_PROMPT_FILE"; then echo "const b" > b.js; else echo "var b" > b.js; fi';
const unmoved = "echo 'var b' > b.js";
const toml = `[agents.careless]\ncommand = ["sh", "-c", '''${careless}''']\ncommit = "pleach"
[agents.unmoved]\ncommand = ["sh", "-c", "${unmoved}"]\ncommit = "pleach"\n`;
const lint =
  'git show :b.js | grep -q ^var && { echo "b.js:1 lint: use const" >&2; exit 1; }\nexit 0';

const events = (ground: Awaited<ReturnType<typeof growRepo>>["ground"], type: string) =>
  ground.store.events().filter((event) => event.type === type);

test("a commit hook that refuses: the agent is told the refusal once, and mends the work", async () => {
  const { ground, config, top } = await growRepo(toml);
  writeHook(top, "pre-commit", lint);
  const seed = trackSeed(ground, "careless", { agent: "careless" });
  await startTrack(ground, config, seed);
  expect((await settled(ground, seed.name)).at).toMatchObject({ state: "ready" });
  expect(git(seed.worktree, "show", "HEAD:b.js")).toBe("const b");
  expect(events(ground, "worker.reminded")).toHaveLength(1);
});

test("a commit hook that refuses again: a person decides, with its words", async () => {
  const { ground, config, top } = await growRepo(toml);
  writeHook(top, "pre-commit", lint);
  const seed = trackSeed(ground, "unmoved", { agent: "unmoved" });
  await startTrack(ground, config, seed);
  expect((await settled(ground, seed.name)).at).toEqual({
    ...{ state: "needs-human", reason: "not-done" },
    detail: "a commit hook refused its work: b.js:1 lint: use const",
  });
  expect(events(ground, "worker.reminded")).toHaveLength(1);
});

test.each([
  ["pre-commit", "exit 1", { kind: "refused", said: "(it said nothing)" }],
  ["commit-msg", "echo 'no: subject'; exit 1", { kind: "refused", said: "no: subject" }],
  ["reference-transaction", "exit 1", { kind: "refused" }],
  ["post-commit", "exit 1", undefined],
])("a %s hook that fails", async (name, body, expected) => {
  const { ground, track, top } = await landingOf();
  writeFiles(track.worktree, { "more.txt": "more\n" });
  writeHook(top, name, body);
  const problem = await commitLeftovers(ground.git, track, { hooksMs: 60_000 });
  if (expected === undefined) expect(problem).toBeUndefined();
  else expect(problem).toMatchObject(expected);
});

test("a commit that git itself refuses is no hook's refusal", async () => {
  const { ground, track, top } = await landingOf();
  writeFiles(track.worktree, { "more.txt": "more\n" });
  writeHook(top, "pre-commit", "exit 0");
  git(top, "config", "commit.gpgSign", "true");
  git(top, "config", "gpg.program", "false");
  const problem = await commitLeftovers(ground.git, track, { hooksMs: 60_000 });
  expect(problem).toMatchObject({ kind: "failed" });
});

/** Runs on in each of the ways by which a program leaves the process that started it. */
const lasting = `(trap '' TERM; sleep 300) & setsid sleep 301 & env -i "$(command -v setsid)" /bin/sh -c "trap '' TERM; sleep 302" & touch ../begun; sleep 303`;

test("a commit hook that never ends: its time is over, and nothing of it is left", async () => {
  const { ground, track, top } = await landingOf();
  writeFiles(track.worktree, { "more.txt": "more\n" });
  writeHook(top, "pre-commit", lasting);
  const problem = await commitLeftovers(ground.git, track, { hooksMs: 1_000 });
  expect(problem).toEqual({ kind: "slow", limitMs: 1_000 });
  expect(await findInside(track.worktree)).toEqual({ kind: "known", processes: [] });
  expect(existsSync(join(ground.git.at(track.worktree).gitDir, "index.lock"))).toBe(false);
});

test("a commit hook at work is ended when its track is stopped, and the work waits", async () => {
  const { ground, config, top } = await growRepo(toml);
  writeHook(top, "pre-commit", lasting);
  const seed = trackSeed(ground, "unmoved", { agent: "unmoved" });
  await startTrack(ground, config, seed);
  await expect
    .poll(() => existsSync(join(seed.worktree, "../begun")), { timeout: 20_000 })
    .toBe(true);
  expect(await stopTrack(ground, seed.name)).toEqual({ kind: "gone" });
  expect(await findInside(seed.worktree)).toEqual({ kind: "known", processes: [] });
  expect(latestWorker(ground.store, seed.name)?.at.state).toBe("killed");
  expect(readFileSync(join(seed.worktree, "b.js"), "utf8")).toBe("var b\n");
});

test("a prompt longer than an argument may be lies in a file, and the argument names the file", async () => {
  const long = `FIRST ${"x".repeat(200_000)} LAST`;
  const told =
    'case "$1" in *.pleach/told.md*) cp .pleach/told.md ../told.md;; esac; git commit -q --allow-empty -m done';
  const section = `[agents.long]\ncommand = ["sh", "-c", '''${told}''', "sh", "{prompt}"]\n`;
  const { ground, config } = await growRepo(section);
  const seed = trackSeed(ground, "long", { agent: "long", prompt: long });
  await startTrack(ground, config, seed);
  expect((await settled(ground, seed.name)).at).toMatchObject({ state: "ready" });
  expect(readFileSync(join(seed.worktree, "../told.md"), "utf8")).toContain(long);
  expect(git(seed.worktree, "status", "--porcelain")).toBe("");
});
