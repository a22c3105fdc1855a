import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { parseTrackName } from "../../src/ground/ids.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { tried } from "../support/depth.ts";
import { leftovers, type Project, projectOf, states, until } from "../support/program.ts";
import { git } from "../support/repo.ts";
import { scriptedTask, writes } from "../support/tasks.ts";

/*
 * Kill -9 of the process in front of the user; the next `pleach run` goes on. The steps of a
 * landing or a start are tested exhaustively beside them; here it is the program as a whole.
 */

const toml = 'agent = "scripted"\nworkers = 2\n[land]\ngate = "true"\n';

/** Makes an agent that works until the test opens its door, a file beside the repository. */
const door = (folder: string, track: string): string =>
  `run until test -e ${folder}/door-${track}; do sleep 0.05; done\n`;

interface Garden extends Project {
  readonly open: (track: string) => void;
}

/** Makes two tasks; the first waits for its door, and the second as well if asked for. */
async function garden(closed: readonly string[] = ["a"]): Promise<Garden> {
  const project = await projectOf({ "pleach.toml": toml });
  const { top } = project;
  const outside = dirname(top);
  const open = (track: string): void => writeFileSync(join(outside, `door-${track}`), "");
  for (const track of ["a", "b"]) if (!closed.includes(track)) open(track);
  const [a, b] = ["a", "b"].map(
    (track) => `${door(outside, track)}${writes(`${track}/${track}.txt`)}`,
  );
  const tasks = [
    scriptedTask("One  id:T1 touches:a/** est:20m", a ?? "", a ?? ""),
    scriptedTask("Two  id:T2 touches:b/** est:20m", b ?? "", b ?? ""),
  ];
  writeFileSync(join(top, "TASKS.md"), tasks.join(""));
  git(top, "add", "--all");
  git(top, "commit", "--quiet", "--message", "Tasks");
  return { ...project, open };
}

/** Expects both tasks in the target, once, ticked, and nothing left over. */
async function expectDone(project: Project): Promise<void> {
  const { top } = project;
  const subjects = git(top, "log", "--format=%s", "main").split("\n").toSorted();
  // Each on its own, or both as one union.
  const [ticks, work] = [true, false].map((is) =>
    subjects.filter((one) => /^Tick /.test(one) === is),
  );
  expect(work).toEqual(["First", "Tasks", "Write a/a.txt", "Write b/b.txt"]);
  expect(ticks?.join(" ").match(/T\d/g)?.toSorted()).toEqual(["T1", "T2"]);
  expect(readFileSync(join(top, "TASKS.md"), "utf8")).not.toContain("- [ ]");
  expect(git(top, "status", "--porcelain")).toBe("");
  expect(git(top, "branch", "--list", "work/*")).toBe("");
  const worktrees = git(top, "worktree", "list", "--porcelain").split("\n\n");
  expect(worktrees.filter((one) => !one.includes("/.integration-"))).toHaveLength(1);
  expect(await leftovers(project)).toEqual([]);
}

test("workers grow on when their run is killed, and the next run lands them", async () => {
  const project = await garden();
  const run = project.start(["run", "--yes"]);
  const { worker } = await until(project, "worker.started", { track: "a" });
  run.child.kill("SIGKILL");
  await run.ended;
  await until(project, "track.ready", { track: "b" });
  project.open("a");
  await until(project, "track.ready", { track: "a" });
  expect(await project.pleach("run", "--yes")).toMatchObject({ exitCode: 0 });
  await expectDone(project);
  expect(latestWorker(project.ground.store, parseTrackName("a"))?.id).toBe(worker);
});

const points = tried(
  ["start:provision:acted", "land:swap-ref:acted", "retire:move:acted"],
  ["start:cut:acted", "land:integrate:acted", "land:checkout:acted"],
);

test.each(points)("a run killed at %s is finished by the next run", async (point) => {
  const project = await garden();
  project.open("a");
  const killed = project.start(["run", "--yes"], { PLEACH_FAULT: point });
  expect(await killed.ended).toMatchObject({ signal: "SIGKILL" });
  const next = await project.pleach("run", "--yes");
  expect(next, next.stdout).toMatchObject({ exitCode: 0 });
  await expectDone(project);
});

test("a run leaves its workers growing after one Ctrl-C and says how to go on; after two it ends at once", async () => {
  // With both doors closed nothing lands: a landing the first run saw could not be told from one
  // of the second.
  const project = await garden(["a", "b"]);
  const once = project.start(["run", "--yes"]);
  await until(project, "worker.started", { track: "a" });
  once.child.kill("SIGINT");
  const { exitCode, stdout } = await once.ended;
  expect(exitCode).toBe(130);
  expect(stdout).toContain("interrupted: workers grow on; `pleach run` goes on from here");
  expect((await project.pleach("ls")).stdout).toMatch(/^a +growing .* working/m);

  const twice = project.start(["run", "--yes"]);
  project.open("b");
  await until(project, "track.landing", { track: "b" });
  twice.child.kill("SIGINT");
  twice.child.kill("SIGINT");
  expect(await twice.ended).toMatchObject({ exitCode: 130 });
  project.open("a");
  expect(await project.pleach("run", "--yes")).toMatchObject({ exitCode: 0 });
  await expectDone(project);
});

test("a supervisor that is killed takes its agent with it, and the track is grown again", async () => {
  const project = await garden();
  const run = project.start(["run", "--yes"]);
  const { worker } = await until(project, "worker.started", { track: "a" });
  const { supervisor } = latestWorker(project.ground.store, parseTrackName("a")) ?? {};
  process.kill(supervisor?.pid ?? 0, "SIGKILL");
  await until(project, "worker.lost", { worker });
  project.open("a");
  expect(await run.ended).toMatchObject({ exitCode: 0 });
  await expectDone(project);
});

test("two at once: the second is refused and names the first", async () => {
  const project = await garden();
  const first = project.start(["run", "--yes"]);
  await until(project, "worker.started", { track: "a" });
  const second = await project.pleach("run", "--yes");
  expect(second).toMatchObject({ exitCode: 1, stdout: "" });
  expect(second.stderr.trimEnd().split("\n")).toEqual([
    expect.stringContaining(`another pleach run works here: pid ${first.child.pid}`),
    expect.stringContaining("hint: pleach events -f"),
  ]);
  project.open("a");
  expect(await first.ended).toMatchObject({ exitCode: 0 });
  await expectDone(project);
});

test("a run in the background goes on without us, and everything lands", async () => {
  const project = await garden();
  project.open("a");
  const { exitCode, stdout } = await project.pleach("run", "--yes", "--detach");
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/goes on as pid \d+/);
  await until(project, "run.finished");
  await expect.poll(async () => await leftovers(project), { timeout: 10_000 }).toEqual([]);
  expect(states(project)).toEqual({ T1: "landed", T2: "landed" });
  expect(existsSync(join(project.top, ".git/pleach/run.log"))).toBe(true);
  await expectDone(project);
});
