import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LandProgress } from "../../src/land/landing/site.ts";
import { allTracks } from "../../src/track/track-store.ts";
import { undoLastLanding } from "../../src/verbs/undo.ts";
import { landApart } from "../land/queue/land-apart.ts";
import { greenWorld, realQueue } from "../land/queue/real-queue.ts";
import { projectOf } from "../support/program.ts";
import { commitFiles, git } from "../support/repo.ts";
import { scriptedTask, writes } from "../support/tasks.ts";

const toml = 'agent = "scripted"\n[land]\ngate = "! test -e red"\n';
const tasks = [
  scriptedTask("One  id:T1 touches:a.txt", writes("a.txt")),
  scriptedTask("Two  id:T2 touches:b.txt", writes("b.txt")),
].join("");

const open = (top: string): number =>
  readFileSync(join(top, "TASKS.md"), "utf8").split("- [ ]").length - 1;

test("the last landing is taken back by new commits, its tasks are open again, and run does them again", async () => {
  const project = await projectOf({ "pleach.toml": toml, "TASKS.md": tasks });
  const { top, pleach } = project;
  expect(await pleach("run", "-k", "1", "--yes", "--offline")).toMatchObject({ exitCode: 0 });
  const before = git(top, "rev-parse", "main");
  const undone = await pleach("land", "--undo", "--json", "--yes");
  expect(undone, undone.stderr).toMatchObject({ exitCode: 0 });
  const [report] = JSON.parse(undone.stdout).landings;
  expect(report).toMatchObject({ outcome: "landed", commit: git(top, "rev-parse", "main") });
  expect(git(top, "merge-base", "main", before)).toBe(before);
  expect(
    [existsSync(join(top, "a.txt")), existsSync(join(top, "b.txt"))].filter(Boolean),
  ).toHaveLength(1);
  expect([open(top), git(top, "status", "--porcelain")]).toEqual([1, ""]);
  // The one before it is the last one now.
  expect(await pleach("land", "--undo", "--yes")).toMatchObject({ exitCode: 0 });
  expect([existsSync(join(top, "a.txt")), existsSync(join(top, "b.txt"))]).toEqual([false, false]);
  expect(open(top)).toBe(2);
  const third = await pleach("land", "--undo", "--yes");
  expect(third).toMatchObject({ exitCode: 1 });
  expect(third.stderr).toContain("nothing has landed here that could be undone");
  expect(await pleach("run", "--yes", "--offline")).toMatchObject({ exitCode: 0 });
  expect(open(top)).toBe(0);
});

test("tracks that landed together are taken back together", async () => {
  const { top, ground, config, changes } = await realQueue(greenWorld(["a", "b"]), {});
  const before = git(top, "rev-parse", "main");
  await landApart(top, changes, "none", "a+b").ended;
  expect(git(top, "ls-tree", "--name-only", "main", "own/")).toBe("own/a\nown/b");
  const notes: string[] = [];
  const onProgress = (progress: LandProgress): void => {
    if (progress.kind === "note") notes.push(progress.text);
  };
  const report = await undoLastLanding(ground, config, { onProgress });
  expect(report).toMatchObject({ outcome: "landed" });
  expect(notes.at(-1)).toMatch(/^taken back: \w+, \w+; pleach restore \w+ /);
  expect(git(top, "diff", "--stat", before, "main")).toBe("");
  expect(git(top, "status", "--porcelain")).toBe("");
  const states = allTracks(ground.store).map(({ name, at }) => `${name} ${at.state}`);
  expect(states).toEqual(["a dropped", "b dropped", expect.stringMatching(/^undo-[ab] landed$/)]);
  await expect(undoLastLanding(ground, config, {})).rejects.toMatchObject({ code: "undo/nothing" });
});

test("what cannot be taken back as it landed changes nothing and says how to go on", async () => {
  const { top, pleach } = await projectOf({ "pleach.toml": toml, "TASKS.md": tasks });
  expect(await pleach("run", "-k", "1", "--yes", "--offline")).toMatchObject({ exitCode: 0 });
  const later = commitFiles(top, { "a.txt": "later\n", "b.txt": "later\n" }, "Later");
  const conflict = await pleach("land", "--undo", "--yes");
  expect(conflict).toMatchObject({ exitCode: 3 });
  expect(conflict.stderr).toMatch(/later work stands on it.*\n.*git revert/);
  git(top, "revert", "--no-edit", "HEAD");
  commitFiles(top, { red: "" }, "Make the gate red");
  const red = await pleach("land", "--undo", "--yes");
  expect(red).toMatchObject({ exitCode: 1 });
  expect(git(top, "log", "--format=%s", `${later}..main`).split("\n")).toHaveLength(2);
  expect(git(top, "branch", "--list", "work/undo-*")).toBe("");
});
