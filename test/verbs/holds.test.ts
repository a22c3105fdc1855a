import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/ground/config/load.ts";
import { asWorkerId, parseTrackName } from "../../src/ground/ids.ts";
import { reconcileWorkers } from "../../src/grow/reconcile.ts";
import { stopTrack } from "../../src/grow/stop.ts";
import { findTrack } from "../../src/track/track-store.ts";
import { latestWorker, recordWorker } from "../../src/worker/worker-store.ts";
import { eventsOf } from "../support/events.ts";
import { growTrack } from "../support/growing.ts";
import { type Project, projectOf, states, until } from "../support/program.ts";
import { writeFiles } from "../support/repo.ts";

/*
 * Several workers on one account that reaches its limit, with agents that wait for files: what
 * happens when is the test's choice, and the wall clock's only where an account reopens.
 */

const programs = join(import.meta.dirname, "../fixtures/metered");

interface Metered {
  readonly project: Project;
  readonly meter: string;
  readonly env: Readonly<Record<string, string>>;
  /** The starts of agents so far: track, how, session. */
  readonly starts: () => readonly (readonly string[])[];
  readonly put: (name: string, text?: string) => void;
}

async function metered(tasks: string, workers: number, toml?: string): Promise<Metered> {
  const project = await projectOf({
    "TASKS.md": tasks,
    "pleach.toml":
      toml ??
      `agent = "claude"\nworkers = ${workers}\n[land]\ngate = "true"\n[holds]\nprobe = "1s"\nprobe_max = "2s"\nstagger = "1s"\n`,
  });
  const meter = join(project.top, "../meter");
  mkdirSync(meter);
  const path = `${programs}${delimiter}${project.env["PATH"]}`;
  const env = { PATH: path, METER: meter, ANTHROPIC_API_KEY: "one key for all" };
  const file = join(meter, "starts");
  return {
    ...{ project, meter, env },
    starts: () => {
      if (!existsSync(file)) return [];
      const lines = readFileSync(file, "utf8").trimEnd().split("\n");
      return lines.map((line) => line.split(" "));
    },
    put: (name, text = "") => writeFiles(meter, { [name]: text }),
  };
}

const task = (id: string, more = ""): string =>
  `- [ ] Do ${id}  id:${id} touches:${id}.txt ${more}\n`;
const limit = (seconds: number): string =>
  `usage limit reached|${Math.floor(Date.now() / 1_000) + seconds}`;
const names = (starts: readonly (readonly string[])[]) => starts.map(([track]) => track);

test("a limit holds its account at once, and one resumes it before the others", async () => {
  const tasks =
    ["a", "b", "c", "d"].map((id) => task(id)).join("") +
    task("e", "agent:gemini") +
    task("f", "after:e");
  const here = await metered(tasks, 5);
  const { project, meter, starts, put } = here;
  const { ground } = project;
  const run = project.start(["run", "--yes", "--offline"], here.env);
  await expect.poll(() => starts().length, { timeout: 30_000 }).toBe(5);
  expect(names(starts()).toSorted()).toEqual(["a", "b", "c", "d", "e"]);

  put("closed", limit(12));
  put("go-a");
  const held = await until(project, "account.held");
  const told = Number(readFileSync(join(meter, "told-a"), "utf8"));
  expect(held.at - told).toBeLessThan(3_000);
  await until(project, "track.held", { track: "a" });
  // The others find out by themselves: one is limited, one would have to be reminded, one finishes.
  put("go-b");
  await until(project, "track.held", { track: "b" });
  rmSync(join(meter, "closed"));
  put("lazy-c");
  put("go-c");
  await until(project, "track.held", { track: "c" });
  put("go-d");
  put("go-e");
  await until(project, "track.landed", { track: "d" });
  await until(project, "track.landed", { track: "e" });
  // Two slots are free, and the sixth waits all the same.
  expect(starts()).toHaveLength(5);
  expect(ground.store.events().filter(({ type }) => type === "worker.reminded")).toEqual([]);

  const tried = await until(project, "account.tried");
  expect(tried.at).toBeGreaterThanOrEqual(Number(Reflect.get(held, "reopens")));
  await expect.poll(() => starts().length, { timeout: 20_000 }).toBe(6);
  const [first, sixth] = [starts()[0], starts()[5]];
  const session = starts().find(([track]) => track === tried.track)?.[2];
  expect(sixth).toEqual([tried.track, "resume", session]);
  expect(first).toBeDefined();
  put("go-f");
  put("life");
  const opened = await until(project, "account.opened");
  expect((await run.ended).exitCode).toBe(0);
  const all = starts();
  expect(all).toHaveLength(9);
  for (const track of ["a", "b", "c"]) {
    const own = all.filter(([name]) => name === track);
    expect(own.map(([, how]) => how)).toEqual(["new", "resume"]);
    expect(own[0]?.[2]).toBe(own[1]?.[2]);
  }
  expect(Object.values(states(project))).toEqual(Array(6).fill("landed"));
  // The tracks that followed came one by one.
  const later = ground.store
    .events()
    .filter(({ type, seq }) => type === "worker.created" && seq > opened.seq)
    .map(({ at }) => at);
  expect(later).toHaveLength(3);
  const gaps = later.map((at, index) => at - (later[index - 1] ?? opened.at));
  for (const gap of gaps.slice(0, 2)) expect(gap).toBeGreaterThanOrEqual(1_000);
});

test("a hold outlives a killed run and a killed supervisor, and refuses a start by hand", async () => {
  const here = await metered(task("a") + task("b"), 2);
  const { project, meter, starts, put } = here;
  const { ground } = project;
  const killed = project.start(["run", "--yes", "--offline"], here.env);
  await expect.poll(() => starts().length, { timeout: 30_000 }).toBe(2);
  put("closed", limit(6));
  put("go-a");
  const held = await until(project, "track.held", { track: "a" });
  rmSync(join(meter, "closed"));
  put("life");
  killed.child.kill("SIGKILL");
  await killed.ended;
  process.kill(latestWorker(ground.store, parseTrackName("b"))?.supervisor?.pid ?? 0, "SIGKILL");
  put("go-b");

  const refused = await project.start(["start", "a", "--yes"], here.env).ended;
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toMatch(
    /^error: the account claude\/key-\w+ is held \(usage limit\): .*\nhint: it is tried at .*\n$/m,
  );
  const listed = await project.start(["ls"], here.env).ended;
  expect(listed.stdout).toMatch(/^held: claude\/key-\w+ \(usage\), opens at /m);
  expect(listed.stdout).toMatch(/^a +held \(limit\) .* blocked/m);

  const again = await project.start(["run", "--yes", "--offline"], here.env).ended;
  expect(again.exitCode).toBe(0);
  const opens = eventsOf(ground.store, "account.held")[0]?.opens;
  const resumed = ground.store
    .events()
    .filter(({ type, seq }) => type === "worker.created" && seq > held.seq);
  expect(resumed).toHaveLength(2);
  for (const { at } of resumed) expect(at).toBeGreaterThanOrEqual(Number(opens));
  for (const track of ["a", "b"]) {
    const own = starts().filter(([name]) => name === track);
    expect(own.map(([, how]) => how)).toEqual(["new", "resume"]);
    expect(own[0]?.[2]).toBe(own[1]?.[2]);
  }
});

test("a paused track on a held account is refused, and told that no run sends it on", async () => {
  const here = await metered(task("a"), 1);
  const { project, starts, put } = here;
  const said = async (...args: readonly string[]) => await project.start(args, here.env).ended;
  expect((await said("start", "a", "--task", "a", "--yes")).exitCode).toBe(0);
  await expect.poll(() => starts().length, { timeout: 30_000 }).toBe(1);
  put("closed", limit(600));
  put("go-a");
  await until(project, "track.held", { track: "a" });
  const waits = await said("start", "a", "--yes");
  expect(waits.stderr).toMatch(/^hint: it is tried at .*; pleach run waits for it/m);
  expect((await said("pause", "a")).exitCode).toBe(0);
  const refused = await said("resume", "a", "--yes");
  expect([refused.exitCode, refused.stderr]).toEqual([
    1,
    expect.stringMatching(/^hint: it is tried at .*; then: pleach resume a \(no run does/m),
  ]);
  expect(states(project)).toEqual({ a: "needs-human" });
});

test("a run that has used up its budget starts nothing more, and the next one has its own", async () => {
  const toml = `agent = "claude"\nworkers = 1\n[land]\ngate = "true"\n[budget.run]\ntokens = 110\n`;
  const here = await metered(task("a") + task("b"), 1, toml);
  const { project, starts, put } = here;
  put("go-a");
  put("go-b");
  const first = await project.start(["run", "--yes", "--offline"], here.env).ended;
  expect(first.exitCode).toBe(1);
  expect(first.stdout).toContain("the budget of this run is used up: 110 tokens of 110 tokens");
  expect(names(starts())).toHaveLength(1);
  const kinds = project.ground.store.events().map(({ type }) => type);
  expect(kinds.filter((type) => type === "run.warned")).toHaveLength(1);
  expect((await project.start(["run", "--yes", "--offline"], here.env).ended).exitCode).toBe(0);
  expect(Object.values(states(project))).toEqual(["landed", "landed"]);
});

test("a worker that is lost between its limit and its track's rest is held, not lost", async () => {
  const { ground } = await projectOf({ "pleach.toml": 'agent = "claude"\n' });
  const config = await loadConfig(ground);
  const track = growTrack(ground, config, "torn");
  const at = { track: track.name, worker: asWorkerId("w_torn") };
  const gone = { ...ground.self, start: "1" };
  recordWorker(ground, at, {
    ...{ type: "worker.created", worker: at.worker, agent: "claude", attempt: 1 },
    ...{ starter: gone, refusedTip: null, session: null },
  });
  recordWorker(ground, at, { type: "worker.supervised", supervisor: gone });
  const limit = { limit: "usage", why: "used up", reopens: null } as const;
  recordWorker(ground, at, { type: "worker.limited", ...limit });
  expect(await reconcileWorkers(ground, config)).toMatchObject([{ fate: "lost" }]);
  expect(findTrack(ground.store, track.name)?.at).toMatchObject({
    state: "held",
    account: expect.stringMatching(/^claude\//),
    detail: "used up",
  });
  // Who stops everything stops what waits, too: it does not come back by itself.
  await stopTrack(ground, track.name);
  expect(findTrack(ground.store, track.name)?.at).toMatchObject({ reason: "stopped" });
});
