import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hasConsent, recordConsent, requireConsent } from "../../src/ground/config/consent.ts";
import { loadConfig } from "../../src/ground/config/load.ts";
import { testEnv } from "../support/env.ts";
import { commitFiles, git, gitRepo, groundOf, writeFiles } from "../support/repo.ts";
import { scratch } from "../support/scratch.ts";

const noDefaults = () => ({ ...testEnv(), XDG_CONFIG_HOME: scratch(), XDG_STATE_HOME: scratch() });
const load = async (folder: string, env = noDefaults()) =>
  await loadConfig(await groundOf(folder, env));

test("the target's tip counts, not the checkout and not a track", async () => {
  const repo = gitRepo({ "pleach.toml": "workers = 4\n" });
  const track = join(repo, "../track");
  git(repo, "worktree", "add", "--quiet", "-b", "work/a", track);
  commitFiles(track, { "pleach.toml": "workers = 5\n" });
  writeFiles(repo, { "pleach.toml": "workers = 6\n" });
  for (const folder of [repo, track]) {
    const config = await load(folder);
    expect(config).toMatchObject({ workers: 4, target: "main" });
    expect(config.source).toEqual({ kind: "committed", branch: "main", edited: true });
  }
});

test("a file that was never committed counts, and the source says so", async () => {
  const repo = gitRepo();
  expect((await load(repo)).source).toEqual({ kind: "defaults" });
  writeFiles(repo, { "pleach.toml": "workers = 6\n" });
  const config = await load(repo);
  expect(config.workers).toBe(6);
  expect(config.source).toEqual({ kind: "uncommitted", path: join(repo, "pleach.toml") });
});

test("a file committed on another branch than the target does not count", async () => {
  const repo = gitRepo();
  const origin = join(repo, "../clone");
  git(repo, "clone", "--quiet", repo, origin);
  git(origin, "switch", "--quiet", "--create", "feature");
  commitFiles(origin, { "pleach.toml": "workers = 6\n" });
  expect(await load(origin)).toMatchObject({
    target: "main",
    workers: 3,
    source: { kind: "defaults" },
  });
});

test("the configuration may name another target, which is configured by its own tip", async () => {
  const repo = gitRepo({ "pleach.toml": "target = 'next'\nworkers = 4\n" });
  await expect(load(repo)).rejects.toMatchObject({ code: "target/missing", exitCode: 4 });
  git(repo, "branch", "next");
  commitFiles(repo, { "pleach.toml": "target = 'next'\nworkers = 5\n" });
  expect(await load(repo)).toMatchObject({ target: "next", workers: 4 });
});

test("a missing target is explained: no commits, detached HEAD", async () => {
  const empty = join(scratch(), "empty");
  git(scratch(), "init", "--quiet", "--initial-branch=main", empty);
  await expect(load(empty)).rejects.toMatchObject({ code: "repo/empty", exitCode: 4 });
  const repo = gitRepo();
  git(repo, "checkout", "--quiet", "--detach");
  await expect(load(repo)).rejects.toMatchObject({ code: "target/none", exitCode: 4 });
  writeFiles(repo, { "pleach.toml": "target = 'main'\n" });
  expect(await load(repo)).toMatchObject({ target: "main" });
});

test("the user's own file holds defaults", async () => {
  const env = noDefaults();
  writeFiles(env.XDG_CONFIG_HOME, { "pleach/config.toml": "workers = 7\n[land]\ntries = 0\n" });
  const repo = gitRepo({ "pleach.toml": "[land]\ngate = 'true'\n" });
  expect(await load(repo, env)).toMatchObject({
    workers: 7,
    land: { tries: 0, gate: [{ command: "true" }] },
  });
});

test("consent is asked once for each content, and remembered privately", async () => {
  const env = noDefaults();
  const repo = gitRepo({ "pleach.toml": "[land]\ngate = 'make'\n" });
  const ground = await groundOf(repo, env);
  const config = await loadConfig(ground);
  const refused = requireConsent(ground, config, { yes: false });
  await expect(refused).rejects.toMatchObject({ code: "consent/missing", exitCode: 4 });
  await expect(refused).rejects.toThrow("land.gate: make");
  await requireConsent(ground, config, { yes: false, ask: async () => true });
  await requireConsent(ground, config, { yes: false });
  const folder = join(env.XDG_STATE_HOME, "pleach/consent");
  const files = readdirSync(folder);
  expect(files).toHaveLength(1);
  expect(statSync(join(folder, files[0] ?? "")).mode & 0o777).toBe(0o600);

  commitFiles(repo, { "pleach.toml": "[land]\ngate = 'make; curl'\n" });
  const changed = await loadConfig(ground);
  expect(hasConsent(ground, changed)).toBe(false);
  recordConsent(ground, changed);
  expect(hasConsent(ground, changed)).toBe(true);
  const elsewhere = await groundOf(gitRepo(), env);
  expect(hasConsent(elsewhere, changed)).toBe(false);
});
