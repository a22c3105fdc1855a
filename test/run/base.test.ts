import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ndjson, projectOf, states } from "../support/program.ts";
import { commitFiles, git } from "../support/repo.ts";
import { scriptedTask, writes } from "../support/tasks.ts";

const toml = (gate: string, more = ""): string =>
  `agent = "scripted"\n[land]\ngate = ${JSON.stringify(gate)}\n${more}`;

/** Notes each run beside the trees; green without a file `broken`, else it tells so in TAP. */
const gate =
  "echo run >> ../../runs; test ! -e broken || { echo 1..1; echo 'not ok 1 - whole'; exit 1; }";
const task = scriptedTask("Write one  id:T1 touches:one.txt", writes("one.txt"));

const runsOf = (top: string): number => {
  const file = join(top, "../runs");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").length : 0;
};

test("on a red target nothing is started, and it is said at once and by name", async () => {
  const files = { "TASKS.md": task, "pleach.toml": toml(gate), broken: "" };
  const project = await projectOf(files);
  const ran = await project.pleach("run", "--yes", "--offline");
  expect(ran.exitCode).toBe(3);
  expect(ran.stderr).toContain("main is red: on ");
  expect(ran.stderr).toContain("exit code 1: not ok 1 - whole; nothing was started");
  expect(ran.stderr).toContain("pleach run --no-try");
  expect(states(project)).toEqual({});
  const detached = await project.pleach("run", "--yes", "--offline", "--detach");
  expect(detached).toMatchObject({ exitCode: 3, stderr: expect.stringContaining("main is red") });
  const doctor = await project.pleach("doctor");
  expect(doctor.exitCode).toBe(1);
  expect(doctor.stdout).toContain("main is red: on ");
  const untried = await project.pleach("doctor", "--no-try");
  expect(untried.stdout).toContain("the gate was not tried on main: --no-try was given");
});

test("a green target is tried once, and then costs nothing", async () => {
  const project = await projectOf({ "TASKS.md": task, "pleach.toml": toml(gate) });
  const { top } = project;
  expect(await project.pleach("run", "--yes", "--offline")).toMatchObject({ exitCode: 0 });
  expect(states(project)).toEqual({ T1: "landed" });
  expect(runsOf(top)).toBe(2);
  const doctor = await project.pleach("doctor");
  expect(doctor.stdout).toContain("main is green: the gate passes on ");
  expect(runsOf(top)).toBe(2);
});

test("work grows on a red target with new-failures, and lands as red as the target is", async () => {
  const files = { "TASKS.md": task, "pleach.toml": toml(gate, 'base = "new-failures"\n') };
  const project = await projectOf({ ...files, broken: "" });
  const ran = await project.pleach("run", "--yes", "--offline", "--json");
  expect(ran.exitCode).toBe(0);
  expect(ran.stderr).toContain("only what is new blocks");
  const landed = ndjson(ran.stdout).find(({ type }) => type === "landing.landed");
  expect(landed).toMatchObject({ allowed: ["tap: whole"] });
  expect(git(project.top, "show", "main:one.txt")).toBe("one.txt");
});

test("a program that is missing on this machine is named before anything is started", async () => {
  const project = await projectOf({ "TASKS.md": task, "pleach.toml": toml("no-such-runner test") });
  const ran = await project.pleach("run", "--yes", "--offline");
  expect(ran).toMatchObject({ exitCode: 4 });
  expect(ran.stderr).toContain("no-such-runner is not here: on main at ");
  expect(states(project)).toEqual({});
  expect((await project.pleach("doctor")).exitCode).toBe(4);
});

test("init tries its new configuration on the target", async () => {
  const manifest = JSON.stringify({ scripts: { test: "node test.js" } });
  const project = await projectOf({ "package.json": manifest, "test.js": "process.exit(0);\n" });
  const { top } = project;
  const first = await project.pleach("init");
  expect(first).toMatchObject({ exitCode: 0 });
  expect(first.stdout).toContain("main is green: the gate passes on ");
  commitFiles(top, { "test.js": 'console.error("Error: broken"); process.exit(1);\n' }, "Break it");
  const second = await project.pleach("init");
  expect(second.stdout).toMatch(/main is red: on .*Error: broken/);
  expect((await project.pleach("init", "--no-try")).stdout).toContain("--no-try was given");
});
