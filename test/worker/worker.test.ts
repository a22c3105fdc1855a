import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { endAll } from "../../src/ground/proc/end.ts";
import { findInside, findMarked } from "../../src/ground/proc/find.ts";
import { reconcileWorkers } from "../../src/grow/reconcile.ts";
import { report } from "../../src/grow/report.ts";
import { restartTrack } from "../../src/grow/restart.ts";
import { startTrack } from "../../src/grow/start.ts";
import { stopTrack } from "../../src/grow/stop.ts";
import { agentMark } from "../../src/grow/turn/end-worker.ts";
import { findTrack } from "../../src/track/track-store.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { growRepo, settled, working } from "../support/grow.ts";
import { git } from "../support/repo.ts";
import { trackSeed } from "../support/track.ts";

const outcomes = [
  ["works", { state: "ready" }],
  ["reminded", { state: "ready" }],
  ["daemons", { state: "ready" }],
  ["screaming", { state: "ready" }],
  ["nothing", { state: "needs-human", reason: "not-done", detail: "it ended without a commit" }],
  ["dirty", { state: "needs-human", reason: "not-done", detail: "not committed: left ü.txt" }],
  ["half-commit", { state: "needs-human", reason: "git-busy" }],
  ["killed-commit", { state: "needs-human", reason: "git-busy" }],
  ["own-branch", { state: "needs-human", reason: "wrong-branch" }],
  ["detached", { state: "needs-human", reason: "wrong-branch" }],
  ["deletes", { state: "needs-human", reason: "worktree-missing" }],
  ["fails", { state: "needs-human", reason: "agent-failed" }],
] as const;

test("every agent's end is judged by what it is, many growing at once", async () => {
  const { ground, config, top } = await growRepo();
  const starts = await Promise.all(
    outcomes.map(async ([agent]) => {
      return await startTrack(ground, config, trackSeed(ground, agent, { agent, prompt: agent }));
    }),
  );
  expect(starts.filter(({ kind }) => kind !== "started")).toEqual([]);
  const found = await Promise.all(
    outcomes.map(async ([agent]) => [
      agent,
      (await settled(ground, trackSeed(ground, agent).name)).at,
    ]),
  );
  expect(found).toMatchObject(outcomes);
  for (const [agent] of outcomes) {
    const worker = latestWorker(ground.store, trackSeed(ground, agent).name);
    expect(await findMarked(agentMark, worker?.id ?? "")).toEqual({ kind: "known", processes: [] });
  }
  expect(git(top, "status", "--porcelain")).toBe("");
  const folder = join(ground.repo.stateDir, "tracks/screaming");
  for (const file of ["output.log", "output.log.1", "transcript.jsonl"]) {
    expect(statSync(join(folder, file)).size).toBeLessThan(5_000_000);
  }
  expect(readFileSync(join(folder, "output.log"), "utf8")).toMatch(/last words\n$/);
  expect(readFileSync(join(folder, "transcript.jsonl"), "utf8")).toContain('"text":"last words"');
});

test("an agent gets its prompt, an environment of its own, and no word of the main checkout", async () => {
  const { ground, config, top } = await growRepo();
  const seed = trackSeed(ground, "auth", { agent: "works", prompt: "Rotate $(tokens) `now`" });
  const leaky = {
    ...ground.env,
    CLAUDECODE: "1",
    GIT_DIR: "/nowhere",
    npm_config_x: "1",
    KEPT: "yes",
  };
  const env = { ...leaky, PATH: `${top}/node_modules/.bin:${ground.env["PATH"]}` };
  await startTrack({ ...ground, env }, config, seed);
  await settled(ground, seed.name);
  const prompt = readFileSync(join(seed.worktree, "got.txt"), "utf8");
  expect(prompt).toContain("Rotate $(tokens) `now`");
  expect(prompt).not.toContain(top);
  expect(prompt).toBe(readFileSync(join(seed.worktree, ".pleach/prompt.md"), "utf8"));
  expect(statSync(join(seed.worktree, ".pleach/prompt.md")).mode & 0o777).toBe(0o600);
  const seen = readFileSync(join(seed.worktree, "env.txt"), "utf8");
  expect(seen).toMatch(/^KEPT=yes$/m);
  expect(seen).toMatch(/^PLEACH_TRACK=auth$/m);
  expect(seen).toMatch(/^PLEACH_PORT=\d+$/m);
  expect(seen).toMatch(/^COMPOSE_PROJECT_NAME=repo-auth$/m);
  expect(seen).not.toMatch(
    /^(?:CLAUDECODE|GIT_DIR|npm_(?:lifecycle|package|execpath|command|config_user_agent|config_local_prefix).*|VITEST.*|PLEACH_SUPERVISES)=/m,
  );
  expect(seen).not.toContain(`${top}/`);
});

test("a stopped track keeps its work, has no process left, and goes on when it is started again", async () => {
  const { ground, config } = await growRepo();
  const seed = trackSeed(ground, "auth", { agent: "stubborn" });
  await startTrack(ground, config, seed);
  const worker = await working(ground, seed.name);
  await expect(restartTrack(ground, config, seed.name)).rejects.toMatchObject({
    code: "worker/alive",
  });
  expect(await stopTrack(ground, seed.name)).toEqual({ kind: "gone" });
  expect(await findInside(seed.worktree)).toEqual({ kind: "known", processes: [] });
  expect(findTrack(ground.store, seed.name)?.at).toMatchObject({ reason: "stopped" });
  expect(latestWorker(ground.store, seed.name)?.at.state).toBe("killed");
  expect(await stopTrack(ground, seed.name)).toEqual({ kind: "gone" });
  expect(await restartTrack(ground, config, seed.name)).toMatchObject({ kind: "started" });
  expect(await working(ground, seed.name)).toMatchObject({ attempt: 2 });
  expect(worker.attempt).toBe(1);
});

test("an agent does not outlive a killed supervisor: its processes are ended, then it is lost", async () => {
  const { ground, config } = await growRepo();
  const seed = trackSeed(ground, "auth", { agent: "stubborn" });
  await startTrack(ground, config, seed);
  const worker = await working(ground, seed.name);
  expect(await reconcileWorkers(ground, config)).toMatchObject([{ fate: "alive" }]);
  process.kill(worker.supervisor?.pid ?? 0, "SIGKILL");
  await expect
    .poll(async () => (await reconcileWorkers(ground, config))[0]?.fate, { timeout: 20_000 })
    .toBe("lost");
  expect(await findInside(seed.worktree)).toEqual({ kind: "known", processes: [] });
  expect(latestWorker(ground.store, seed.name)?.at.state).toBe("lost");
  expect(findTrack(ground.store, seed.name)?.at.state).toBe("growing");
  expect(await reconcileWorkers(ground, config)).toEqual([]);
});

test("a worker that says it is blocked is heard while it runs", async () => {
  const { ground, config } = await growRepo();
  const seed = trackSeed(ground, "auth", { agent: "silent" });
  await startTrack(ground, config, seed);
  await working(ground, seed.name);
  const said = { track: seed.name, kind: "blocked", text: "which port?" } as const;
  expect(await report(ground, config, said)).toEqual({ kind: "noted" });
  expect(latestWorker(ground.store, seed.name)?.at).toMatchObject({
    state: "blocked",
    reason: "stated",
  });
  await stopTrack(ground, seed.name);
  expect(await report(ground, config, { ...said, kind: "done" })).toMatchObject({
    kind: "settled",
    decision: { kind: "needs-human", detail: "it ended without a commit" },
  });
  git(seed.worktree, "commit", "--quiet", "--allow-empty", "--message", "By hand");
  expect(await report(ground, config, { ...said, kind: "done" })).toMatchObject({
    decision: { kind: "ready" },
  });
  expect(findTrack(ground.store, seed.name)?.at.state).toBe("ready");
});

test("the work of an agent that cannot commit is committed for it, under its tasks", async () => {
  const { ground } = await growRepo();
  const { config, ground: other } = await growRepo(
    '[agents.writer]\ncommand = ["sh", "-c", "echo 1 > new.txt"]\ncommit = "pleach"',
  );
  const seed = trackSeed(other, "auth", { agent: "writer" });
  await startTrack(other, config, seed);
  expect((await settled(other, seed.name)).at).toMatchObject({ state: "ready" });
  expect(git(seed.worktree, "log", "-1", "--format=%s")).toBe("auth");
  expect(existsSync(join(ground.repo.stateDir, "tracks/auth"))).toBe(false);
});

test.each([
  ["a minute later", 60_000],
  ["after the clock was set back by an hour", -3_600_000],
])("a supervisor that never comes is a lost worker %s", async (_when, skewMs) => {
  const { ground, config } = await growRepo();
  const pleach = [process.execPath, "-e", "process.exit(1)"] as const;
  const seed = trackSeed(ground, "auth", { agent: "silent" });
  const broken = { ...ground, invocation: { ...ground.invocation, pleach } };
  expect(await startTrack(broken, config, seed)).toMatchObject({ kind: "started" });
  const later = { ...ground, clock: { ...ground.clock, now: () => Date.now() + skewMs } };
  await expect.poll(async () => (await reconcileWorkers(later, config))[0]?.fate).toBe("lost");
  const find = async () => await findInside(seed.worktree);
  expect(await endAll(find, { clock: ground.clock, graceMs: 1, limitMs: 1 })).toMatchObject({
    ended: 0,
  });
});
