import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { leftovers, ndjson, projectOf, states } from "../support/program.ts";
import { git } from "../support/repo.ts";
import { expectValid } from "../support/schema.ts";
import { scriptedTask, writes } from "../support/tasks.ts";

const toml = 'agent = "scripted"\nworkers = 4\n[land]\ngate = "test ! -e broken"\n';

const subjects = (top: string): readonly string[] =>
  git(top, "log", "--format=%s", "main").split("\n");

/** Makes one of two tasks that write the same file; both are cut before either is done. */
const side = (id: string, own: string, other: string): string =>
  scriptedTask(
    `The ${own} side  id:${id} touches:${own}.txt est:20m`,
    `run until test -d ../${other}; do sleep 0.05; done\n${writes("both.txt", own)}`,
    "run git rebase main || true\nwrite both.txt <<END\nleft\nright\nEND\n" +
      "run git add -A && git rebase --continue",
  );

const backlog = [
  scriptedTask("Base  id:T1 touches:base.txt est:20m", writes("base.txt")),
  scriptedTask(
    "On top of it  id:T2 after:T1 touches:top.txt est:20m",
    `run test -f base.txt\n${writes("top.txt")}`,
  ),
  scriptedTask(
    "Breaks the gate first  id:T3 touches:three.txt est:20m",
    writes("broken"),
    `run rm broken\n${writes("three.txt")}`,
  ),
  side("T4", "left", "right"),
  side("T5", "right", "left"),
].join("");

test("a dependency, a red gate, a conflict: all of it lands once, is ticked, and is told as NDJSON", async () => {
  const project = await projectOf({ "TASKS.md": backlog, "pleach.toml": toml });
  const { top } = project;
  const ran = await project.pleach("run", "--yes", "--json");
  expect(ran).toMatchObject({ exitCode: 0, stderr: "" });

  const told = ndjson(ran.stdout);
  for (const line of told) expectValid("run", line);
  const kinds = told.filter((event) => event.type === "track.handed-back").map(({ kind }) => kind);
  expect(kinds.toSorted()).toEqual(["conflict", "red"]);
  const finished = told.at(-1);
  expect(finished).toMatchObject({ type: "run.finished", notLanded: [], interrupted: false });
  expect(finished?.type === "run.finished" && finished.landed).toHaveLength(5);

  const ticks = ["T1", "T2", "T3", "T4", "T5"];
  expect(states(project)).toEqual(Object.fromEntries(ticks.map((id) => [id, "landed"])));
  const ticked = backlog.replaceAll("- [ ]", "- [x]");
  expect(readFileSync(join(top, "TASKS.md"), "utf8")).toBe(ticked);
  expect(readFileSync(join(top, "both.txt"), "utf8")).toBe("left\nright\n");
  expect(git(top, "status", "--porcelain")).toBe("");
  expect(git(top, "rev-list", "--merges", "main")).toBe("");
  const landed = subjects(top);
  // Each on its own, or several as one union.
  const commits = landed.filter((line) => line.startsWith("Tick "));
  expect(commits.join(" ").match(/T\d/g)?.toSorted()).toEqual(ticks);
  expect(landed.filter((line) => line === "Write base.txt")).toHaveLength(1);
  expect(git(top, "branch", "--format=%(refname:short)")).toBe("main");
  expect(await leftovers(project)).toEqual([]);

  const [ls, land] = [await project.pleach("ls", "--json"), await project.pleach("land", "--json")];
  expectValid("ls", JSON.parse(ls.stdout));
  expectValid("land", JSON.parse(land.stdout));
  expect(await project.pleach("run", "--yes")).toMatchObject({ exitCode: 0 });
});

test("work that stays red is a person's in the end, with three commands to choose from", async () => {
  const red = `${writes("broken")}\nrun git commit --quiet --allow-empty --message Again`;
  const again = "run git commit --quiet --allow-empty --message Again";
  const tasks = [
    scriptedTask("Never green  id:T1 touches:a/** est:20m", red, again, again),
    scriptedTask("Sound  id:T2 touches:b/** est:20m", writes("b/b.txt")),
  ];
  const project = await projectOf({ "TASKS.md": tasks.join(""), "pleach.toml": toml });
  const { exitCode, stdout } = await project.pleach("run", "--yes");
  expect(states(project)).toEqual({ T1: "needs-human", T2: "landed" });
  expect(exitCode).toBe(3);
  for (const verb of ["start", "land", "drop"]) expect(stdout).toContain(`pleach ${verb} a`);
  expect(stdout).toContain("a needs you: handed back 2 times, and again:");
});

test("a setup that fails leaves nothing behind, is said with its reason, and holds nobody else up", async () => {
  const setup = `[worktrees]\nsetup = ['test "$PLEACH_TRACK" != a || { echo no network; exit 7; }']\n`;
  const tasks = [
    scriptedTask("Cannot start  id:T1 touches:a/** est:20m", writes("a/a.txt")),
    scriptedTask("Sound  id:T2 touches:b/** est:20m", writes("b/b.txt")),
  ];
  const files = { "TASKS.md": tasks.join(""), "pleach.toml": `${toml}${setup}` };
  const project = await projectOf(files);
  const { top } = project;
  const { exitCode, stdout } = await project.pleach("run", "--yes");
  expect(states(project)).toEqual({ T1: "failed", T2: "landed" });
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^failed +a /m);
  expect(stdout).toMatch(/^note: a: setup failed: .*exit code 7/m);
  expect(git(top, "branch", "--list", "work/*")).toBe("");
  expect(readdirSync(join(top, "../repo.trees"))).not.toContain("a");
  expect(await leftovers(project)).toEqual([]);
});

test("an agent that does nothing is reminded once, then a person decides", async () => {
  const tasks = scriptedTask("Nothing  id:T1 touches:a/** est:20m", "say I looked at it.");
  const project = await projectOf({ "TASKS.md": tasks, "pleach.toml": toml });
  const { exitCode, stdout } = await project.pleach("run", "--yes", "--json");
  expect(exitCode).toBe(3);
  const told = ndjson(stdout);
  expect(told.filter(({ type }) => type === "worker.reminded")).toHaveLength(1);
  expect(told.find(({ type }) => type === "track.blocked")).toMatchObject({ reason: "not-done" });
  expect(existsSync(join(project.top, "../repo.trees/a"))).toBe(true);
  expect(await leftovers(project)).toEqual([]);
});
