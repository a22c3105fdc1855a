import { chmodSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { noFault } from "../../../src/ground/fault.ts";
import { startTrack } from "../../../src/grow/start.ts";
import { examine } from "../../../src/verbs/doctor/doctor.ts";
import { logoutCheck } from "../../../src/verbs/doctor/machine-checks.ts";
import { testEnv } from "../../support/env.ts";
import { growRepo, working } from "../../support/grow.ts";
import { gitRepo, writeFiles } from "../../support/repo.ts";
import { scratch } from "../../support/scratch.ts";
import { pathWith, serverOf } from "../../support/tmux.ts";
import { trackSeed } from "../../support/track.ts";

/** The findings of the doctor in a repository, by the check's name. */
async function doctor(folder: string, env = testEnv()) {
  const own = { ...env, XDG_CONFIG_HOME: scratch(), XDG_STATE_HOME: scratch() };
  const checks = await examine({ folder, env: own, pleach: [process.execPath], fault: noFault });
  return Object.fromEntries(checks.map((check) => [check.name, check]));
}

test("tmux is looked for, and asked how many windows there are", async () => {
  const { ground, config, top } = await growRepo();
  serverOf(ground);
  const before = (await doctor(top))["tmux"];
  expect(before).toMatchObject({ verdict: "ok", detail: expect.stringContaining("no window now") });
  const seed = trackSeed(ground, "auth", { agent: "silent", host: "tmux" });
  await startTrack(ground, config, seed);
  await working(ground, seed.name);
  expect((await doctor(top))["tmux"]?.detail).toMatch(
    /^3\.\S+; used with --host tmux; 1 windows? now/,
  );
});

test("tmux that is wanted and missing is said, with what is lost", async () => {
  const without = { ...testEnv(), PATH: pathWith(scratch(), ["git", "sh"]) };
  expect((await doctor(gitRepo(), without))["tmux"]).toMatchObject({ verdict: "ok" });
  const wanting = gitRepo({ "pleach.toml": 'host = "tmux"\n' });
  expect((await doctor(wanting, without))["tmux"]).toMatchObject({
    verdict: "warning",
    detail: expect.stringMatching(/^tmux is not on PATH, so .*install tmux/),
    hint: expect.stringContaining("headless"),
  });
});

test("room is looked for where the worktrees will be, before that folder is there", async () => {
  const top = gitRepo({ "pleach.toml": '[worktrees]\nroot = "../not/yet/there"\n' });
  expect(await doctor(top)).toMatchObject({
    state: { verdict: "ok", detail: expect.stringMatching(/ has \d+ MiB left$/) },
    "room for worktrees": { verdict: "ok", detail: expect.stringContaining("not/yet/there has") },
  });
});

test.each([
  ["2.1.329 (Claude Code)", "ok", /version 2\.1\.329$/],
  ["99.0.1 (Claude Code)", "ok", /version 99\.0\.1; tried with 2\.1\.329$/],
  ["2.1.40 (Claude Code)", "warning", /older than 2\.1\.329/],
  ["no idea", "warning", /does not say its version/],
])("a program that says %j is held against what was tried", async (said, verdict, detail) => {
  const top = gitRepo({ "pleach.toml": 'agent = "claude"\n' });
  const bin = join(dirname(top), "bin");
  writeFiles(bin, { claude: `#!/bin/sh\necho '${said}'\n` });
  chmodSync(join(bin, "claude"), 0o755);
  const env = { ...testEnv(), PATH: `${bin}${delimiter}${testEnv()["PATH"]}` };
  expect((await doctor(top, env))["agent claude"]).toMatchObject({
    verdict,
    detail: expect.stringMatching(detail),
  });
});

test("a login manager that ends all processes at logout is found, drop-ins included", async () => {
  const root = scratch();
  expect(logoutCheck({ root, user: "ada" })).toMatchObject({ verdict: "ok" });
  const set = (file: string, text: string) => writeFiles(root, { [file]: `[Login]\n${text}\n` });
  set("run/systemd/system/x", "");
  set("etc/systemd/logind.conf", "#KillUserProcesses=yes");
  expect(logoutCheck({ root, user: "ada" })).toMatchObject({ verdict: "ok" });
  set("usr/lib/systemd/logind.conf.d/20-kill.conf", "KillUserProcesses=yes");
  expect(logoutCheck({ root, user: "ada" })).toMatchObject({
    verdict: "warning",
    hint: expect.stringContaining("loginctl enable-linger ada"),
  });
  expect(logoutCheck({ root, user: "root" })).toMatchObject({ verdict: "ok" });
  set("run/systemd/logind.conf.d/30-some.conf", "KillOnlyUsers=bob eve");
  expect(logoutCheck({ root, user: "ada" })).toMatchObject({ verdict: "ok" });
  expect(logoutCheck({ root, user: "eve" })).toMatchObject({ verdict: "warning" });
  // The same name in /etc takes the place of the vendor's.
  set("etc/systemd/logind.conf.d/20-kill.conf", "KillUserProcesses=no");
  expect(logoutCheck({ root, user: "eve" })).toMatchObject({ verdict: "ok" });
});
