import { execFileSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { mount } from "../support/disk.ts";
import { expectRefused, expectWorks, hostileToml, oneTask, plant } from "../support/hostile.ts";
import { program, projectAt, projectOf, strangerEnv, until } from "../support/program.ts";
import { git, gitRepo } from "../support/repo.ts";
import { scriptedTask, writes } from "../support/tasks.ts";

/* Each test is a row of docs/hostile.md: its name begins with the input. */

const files = { "pleach.toml": hostileToml, "TASKS.md": oneTask };

test("track names with spaces, quotes, $(), leading dashes, unicode, 300 characters: refused, track/bad-name (2)", async () => {
  const { top, env } = await projectOf(files);
  const names = ["a b", "it's", "$(touch pwned)", "-x", "ünïcode", "a".repeat(300), "..", "a.lock"];
  const runs = names.map((name) => program(top, env, ["drop", "--yes", "--json", "--", name]));
  for (const ran of await Promise.all(runs)) expectRefused(ran, "track/bad-name", 2);
  expect(globSync("**/pwned", { cwd: dirname(top) })).toEqual([]);
});

test("tasks with such names, in a folder and on a branch with such a name: work, and no shell sees them", async () => {
  const plain = gitRepo();
  const top = join(dirname(plain), "it's a $(touch pwned) répo");
  renameSync(plain, top);
  const branch = `it's-$(touch\${IFS}pwned)-ü/${"x".repeat(100)}`;
  git(top, "branch", "--move", "main", branch);
  const tasks = [
    scriptedTask(
      `$(touch pwned) \`touch pwned\` "it's" --force ünï  touches:q/** est:20m`,
      writes("q/--x.txt"),
    ),
    scriptedTask(`-rf ${"n".repeat(300)}  touches:r/** est:20m`, writes("r/it's.txt")),
    scriptedTask("🌳  touches:s/** est:20m", writes("s/ü.txt")),
  ].join("");
  plant(top, tasks);
  writeFileSync(join(top, "pleach.toml"), hostileToml.replace('"main"', JSON.stringify(branch)));
  git(top, "commit", "--quiet", "--all", "--message", "Target");
  const project = await projectAt(top);
  const ran = await project.pleach("run", "--yes", "--offline");
  expect(ran, ran.stdout + ran.stderr).toMatchObject({ exitCode: 0 });
  expect(readFileSync(join(top, "TASKS.md"), "utf8")).toBe(tasks.replaceAll("- [ ]", "- [x]"));
  expect(globSync("**/pwned", { cwd: dirname(top) })).toEqual([]);
  expect(git(top, "status", "--porcelain")).toBe("");
});

test("task ids with $(), or of 300 characters: refused with line and column, backlog/malformed (2)", async () => {
  const tasks = `- [ ] One  id:$(touch)\n- [ ] Two  id:${"n".repeat(300)}\n`;
  const project = await projectOf({ "pleach.toml": hostileToml, "TASKS.md": tasks });
  const ran = await project.pleach("plan", "--json");
  expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code: "backlog/malformed" } });
  expect(ran.stderr).toMatch(/TASKS\.md:1:12: .*\n.*TASKS\.md:2:12: /);
  expect(ran.exitCode).toBe(2);
});

test("a TASKS.md of 10,000 tasks: planned in seconds", async () => {
  const tasks = Array.from(
    { length: 10_000 },
    (_, at) => `- [ ] Task ${at} id:T${at} touches:src/m${at % 997}/** est:30m\n`,
  );
  const project = await projectOf({ "pleach.toml": hostileToml, "TASKS.md": tasks.join("") });
  const before = performance.now();
  const { exitCode, stdout } = await project.pleach("plan", "--json");
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout).tasks).toHaveLength(10_000);
  expect(performance.now() - before).toBeLessThan(20_000);
});

test("binary garbage as TASKS.md: refused, backlog/binary (2)", async () => {
  const project = await projectOf(files);
  writeFileSync(join(project.top, "TASKS.md"), Buffer.from([0x89, 0x50, 0, 0xff, 0xfe, 10]));
  for (const verb of ["plan", "run"]) {
    const yes = verb === "run" ? ["--yes"] : [];
    expectRefused(await project.pleach(verb, "--json", ...yes), "backlog/binary", 2);
  }
});

test("a pleach.toml that is no TOML, or has a wrong value: refused with line and key (2)", async () => {
  const project = await projectOf(files);
  for (const text of ["agent = [", "wrokers = 3\n", "workers = -1\n"]) {
    writeFileSync(join(project.top, "pleach.toml"), text);
    git(project.top, "commit", "--quiet", "--all", "--message", "Break it");
    expectRefused(await project.pleach("ls", "--json"), "config/invalid", 2);
  }
});

test("a full disk for the state: refused, store/unusable (4), and it works once there is room", async (context) => {
  const top = gitRepo(files);
  const state = join(top, ".git/pleach");
  mkdirSync(state);
  if (!mount(state, "-t", "tmpfs", "-o", "size=256k", "tmpfs")) {
    context.skip("only root may mount a small disk");
  }
  const env = strangerEnv(join(top, "../home"));
  writeFileSync(join(state, "ballast"), "");
  try {
    writeFileSync(join(state, "ballast"), Buffer.alloc(1 << 20));
  } catch (error) {
    expect(error).toMatchObject({ code: "ENOSPC" });
  }
  expectRefused(await program(top, env, ["ls", "--json"]), "store/unusable", 4);
  execFileSync("mount", ["-o", "remount,size=32m", state]);
  const project = await projectAt(top);
  await expectWorks(project);
});

test("a disk that fills up while workers grow: the run says so (4), and goes on once there is room", async (context) => {
  // The disk may fill up before the worker is there, or under it: the next worker does the same
  // work.
  const steps = writes("new.txt");
  const tasks = scriptedTask("Write it  id:T1 touches:new.txt est:20m", steps, steps, steps);
  const top = gitRepo({ ...files, "TASKS.md": tasks });
  const state = join(top, ".git/pleach");
  mkdirSync(state);
  if (!mount(state, "-t", "tmpfs", "-o", "size=32m", "tmpfs")) {
    context.skip("only root may mount a small disk");
  }
  const project = await projectAt(top);
  const filled = project.start(["run", "--yes"]);
  const fill = (): void => {
    try {
      writeFileSync(join(state, "ballast"), Buffer.alloc(64 << 20));
    } catch (error) {
      expect(error).toMatchObject({ code: "ENOSPC" });
    }
  };
  await until(project, "track.provisioning");
  fill();
  const { exitCode, stderr } = await filled.ended;
  expect(stderr).toMatch(/^error: .*(?:full|no space)/im);
  expect(exitCode).toBe(4);
  writeFileSync(join(state, "ballast"), "");
  await expectWorks(project);
});

test("a read-only .git: refused, store/unusable (4)", async (context) => {
  const { top, env } = await projectOf(files);
  const folder = join(top, ".git");
  if (!mount(folder, "--bind", folder) || !mount(folder, "-o", "remount,bind,ro")) {
    context.skip("only root may mount a folder read-only");
  }
  for (const verb of ["ls", "plan"]) {
    expectRefused(await program(top, env, [verb, "--json"]), "store/unusable", 4);
  }
});
