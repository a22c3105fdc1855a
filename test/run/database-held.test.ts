import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { holdDatabase } from "../support/hold-database.ts";
import { leftovers, projectOf, states, until } from "../support/program.ts";
import { git } from "../support/repo.ts";
import { scriptedTask, writes } from "../support/tasks.ts";

test("a database that another process holds for long ends no agent and no run", async () => {
  const toml = 'agent = "scripted"\nworkers = 1\n[land]\ngate = "true"\n';
  const project = await projectOf({ "pleach.toml": toml });
  const { top } = project;
  const door = join(dirname(top), "door");
  const script = `run until test -e ${door}; do sleep 0.05; done\n${writes("a.txt")}`;
  writeFileSync(join(top, "TASKS.md"), scriptedTask("One  id:T1", script));
  git(top, "add", "--all");
  git(top, "commit", "--quiet", "--message", "Tasks");
  const run = project.start(["run", "--yes", "--offline"]);
  await until(project, "worker.started");
  const holder = await holdDatabase(join(project.ground.store.folder, "state.db"));
  writeFileSync(door, "");
  // Longer than SQLite waits by itself.
  holder.letGoIn(13_000);
  const { exitCode, stdout, stderr } = await run.ended;
  expect({ exitCode, stderr, stdout }).toMatchObject({ exitCode: 0 });
  expect(states(project)).toEqual({ T1: "landed" });
  expect(existsSync(join(top, "a.txt"))).toBe(true);
  expect(project.ground.store.events().filter(({ type }) => type === "worker.lost")).toEqual([]);
  expect(await leftovers(project)).toEqual([]);
});
