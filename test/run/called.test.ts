import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseTrackName } from "../../src/ground/ids.ts";
import { findTrack } from "../../src/track/track-store.ts";
import { projectOf, until } from "../support/program.ts";
import { git } from "../support/repo.ts";
import { scriptedTask, writes } from "../support/tasks.ts";

const toml = 'agent = "scripted"\n[land]\ngate = "test -e a.txt"\n';
const tasks = [
  scriptedTask("Write the first file", writes("a.txt"), writes("more.txt")),
  scriptedTask("Write the second file", "run exit 7", writes("b.txt")),
].join("");

test("a track and its tasks are found by name, line, id or the beginning of either, in every verb", async () => {
  const project = await projectOf({ "pleach.toml": toml, "TASKS.md": tasks });
  const { top, pleach, ground } = project;
  const trackAt = (name: string) => findTrack(ground.store, parseTrackName(name))?.at;
  const { explanation } = JSON.parse((await pleach("plan", "--explain", "1", "--json")).stdout);
  expect(explanation.task.text).toBe("Write the first file");
  const shown = await pleach("plan");
  expect(shown.stdout).toContain(`${explanation.task.id.slice(0, 7)} `);
  expect(shown.stdout).not.toContain(explanation.task.id);

  expect(await pleach("start", "alpha", "--task", "TASKS.md:1", "-y")).toMatchObject({
    exitCode: 0,
  });
  await until(project, "track.ready", { track: "alpha" });
  const main = git(top, "rev-parse", "main");
  for (const called of [
    "alpha",
    "al",
    "1",
    explanation.task.id.slice(0, 5),
    "Write the first file",
  ]) {
    const { stdout, stderr } = await pleach("status", called);
    expect(stdout, stderr).toMatch(/^alpha\n/);
  }
  expect(await pleach("status", "2")).toMatchObject({ exitCode: 2 });
  const trial = await pleach("land", "al", "--dry-run", "-y");
  expect(trial.stdout, trial.stderr).toContain("alpha: would land\n  gate: test -e a.txt");
  expect([git(top, "rev-parse", "main"), trackAt("alpha")?.state]).toEqual([main, "ready"]);
  const log = (await pleach("logs", "alpha")).stdout.trimEnd().split("\n");
  expect((await pleach("logs", "1", "--tail", "1")).stdout).toBe(`${log.at(-1)}\n`);

  expect(await pleach("rename", "1", "beta", "-y")).toMatchObject({ exitCode: 0 });
  expect([trackAt("alpha")?.state, trackAt("beta")?.state]).toEqual(["dropped", "restored"]);
  expect(git(top, "ls-tree", "--name-only", "work/beta")).toContain("a.txt");
  expect(await pleach("drop", "be", "-y")).toMatchObject({ exitCode: 0 });
  expect(await pleach("restore", "be")).toMatchObject({ exitCode: 0 });
  expect(trackAt("beta")?.state).toBe("restored");

  expect(await pleach("land", "1", "-y")).toMatchObject({ exitCode: 0 });
  expect(existsSync(join(top, "a.txt"))).toBe(true);
  expect(await pleach("retry", "beta", "-y")).toMatchObject({ exitCode: 2 });
});

test("a failed track is tried again with a word about the failure", async () => {
  const project = await projectOf({ "pleach.toml": toml, "TASKS.md": tasks });
  const { pleach } = project;
  expect(await pleach("start", "two", "--task", "Write the second", "-y")).toMatchObject({
    exitCode: 0,
  });
  await until(project, "track.blocked", { track: "two" });
  const again = await pleach("retry", "tw", "-p", "Do not exit", "-y");
  expect(again, again.stderr).toMatchObject({ exitCode: 0 });
  await until(project, "track.ready", { track: "two" });
  expect((await pleach("inbox", "two")).stdout).toContain("Do not exit");
});

test("a missing agent setting is told before anything else, with the line to write", async () => {
  const { pleach } = await projectOf({
    "pleach.toml": '[land]\ngate = "true"\n[worktrees]\nsetup = ["true"]\n',
    "TASKS.md": "- [ ] One\n",
  });
  for (const args of [["run"], ["start", "a", "-p", "x"], ["race", "x"]]) {
    const { exitCode, stderr } = await pleach(...args);
    expect([exitCode, args]).toEqual([4, args]);
    const [fact, ...hint] = stderr.split("\n");
    expect(fact).toBe(
      "error: no agent is set, so nobody can do the work; known: claude, codex, opencode, gemini",
    );
    expect(hint.join("\n")).toContain('\n  agent = "claude"');
  }
});
