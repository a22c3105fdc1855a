import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findMarked } from "../../src/ground/proc/find.ts";
import { liveness } from "../../src/ground/proc/identity.ts";
import { reconcileWorkers } from "../../src/grow/reconcile.ts";
import { restartTrack } from "../../src/grow/restart.ts";
import { resumeTrack } from "../../src/grow/resume.ts";
import { pauseTrack, stopTrack } from "../../src/grow/stop.ts";
import { agentMark } from "../../src/grow/turn/end-worker.ts";
import { findTrack } from "../../src/track/track-store.ts";
import type { Worker } from "../../src/worker/worker.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { settled } from "../support/grow.ts";
import {
  atWork,
  expectOneSession,
  type Kept,
  keptTrack,
  letGo,
  saidTo,
} from "../support/sessions.ts";
import { serverOf } from "../support/tmux.ts";

/* The same session goes on, whatever ends an agent, its supervisor, its window or the machine. */

const kill = (process: { readonly pid: number } | null | undefined): void =>
  void globalThis.process.kill(process?.pid ?? 0, "SIGKILL");

const dirty = ({ seed }: Kept): string => readFileSync(join(seed.worktree, "dirty.txt"), "utf8");

/** Finds out that the worker is gone, as the next run does first. */
async function lost({ ground, config }: Kept): Promise<void> {
  const fate = async () => (await reconcileWorkers(ground, config))[0]?.fate;
  await expect.poll(fate, { timeout: 30_000 }).toBe("lost");
}

async function expectReady(kept: Kept, starts: number): Promise<Worker | undefined> {
  const { ground, seed } = kept;
  letGo(seed);
  expect((await settled(ground, seed.name)).at).toMatchObject({ state: "ready" });
  expectOneSession(kept, starts);
  return latestWorker(ground.store, seed.name);
}

test("an agent that is killed goes on in its session, under the same supervisor", async () => {
  const kept = await keptTrack();
  const { ground, seed, worker } = kept;
  kill(worker.agentProcess);
  await atWork(ground, seed, 2);
  expect(saidTo(seed)[1]).toContain("ended from outside (SIGKILL)");
  expect((await expectReady(kept, 2))?.id).toBe(worker.id);
  const crashes = ground.store.events().filter(({ type }) => type === "worker.crashed");
  expect(crashes).toMatchObject([{ signal: "SIGKILL" }]);
});

test("an agent that is killed again and again is a person's", async () => {
  const { ground, seed } = await keptTrack();
  for (let start = 1; start <= 4; start += 1) {
    kill((await atWork(ground, seed, start)).agentProcess);
  }
  const { at } = await settled(ground, seed.name);
  expect(at).toMatchObject({ state: "needs-human", reason: "agent-failed" });
  expect(at).toMatchObject({ detail: expect.stringContaining("signal SIGKILL") });
});

test("an agent is ended first after its supervisor was killed, then the session goes on", async () => {
  const kept = await keptTrack();
  const { ground, config, seed, worker } = kept;
  kill(worker.supervisor);
  await lost(kept);
  expect(await findMarked(agentMark, worker.id)).toEqual({ kind: "known", processes: [] });
  expect(dirty(kept)).toBe("half\n");
  await restartTrack(ground, config, seed.name);
  await atWork(ground, seed, 2);
  expect((await expectReady(kept, 2))?.attempt).toBe(2);
});

test("a session goes on in a window of a new tmux server after the old one was killed", async () => {
  const kept = await keptTrack({ host: "tmux" });
  const { ground, config, seed, worker } = kept;
  const server = serverOf(ground);
  kill({ pid: Number(server("display-message", "-p", "-t", "pleach", "#{pid}")) });
  // A hang-up alone ends no process; here the machine was short of memory and took them all.
  await expect.poll(() => server("list-sessions")).toMatch(/no server|refused/);
  expect(await liveness(worker.supervisor ?? { pid: 0, start: "", boot: "" })).toBe("alive");
  kill(worker.supervisor);
  kill(worker.agentProcess);
  await lost(kept);
  await restartTrack(ground, config, seed.name);
  expect(await atWork(ground, seed, 2)).toMatchObject({ host: "tmux" });
  expect(server("list-windows", "-a", "-F", "#{window_name}")).toBe("auth");
  await expectReady(kept, 2);
});

test("the recorded processes are gone after a reboot, whichever processes have their numbers now", async () => {
  const kept = await keptTrack();
  const { ground, config, seed, worker } = kept;
  kill(worker.supervisor);
  kill(worker.agentProcess);
  await expect
    .poll(async () => (await findMarked(agentMark, worker.id)) as object)
    .toMatchObject({
      processes: [],
    });
  // The numbers belong to this test now, as far as the record of another boot can say.
  const reused = { ...ground.self, boot: "11111111-1111-4111-8111-111111111111" };
  const rewritten = { ...worker, supervisor: reused, agentProcess: reused, starter: reused };
  ground.store.transaction(() =>
    ground.store.write("UPDATE workers SET doc = ?", JSON.stringify(rewritten)),
  );
  expect(await reconcileWorkers(ground, config)).toMatchObject([{ fate: "lost" }]);
  await restartTrack(ground, config, seed.name);
  await atWork(ground, seed, 2);
  await expectReady(kept, 2);
});

test("a sleep of hours is only a long time: no worker is lost, and none is started twice", async () => {
  const kept = await keptTrack();
  const { ground, config, worker } = kept;
  const clock = { ...ground.clock, now: () => Date.now() + 9 * 3_600_000 };
  for (const now of [clock.now, () => 0]) {
    const later = { ...ground, clock: { ...clock, now } };
    expect(await reconcileWorkers(later, config)).toMatchObject([{ fate: "alive" }]);
  }
  expect((await expectReady(kept, 1))?.id).toBe(worker.id);
});

test("a paused worker leaves gently, is not started again, and its session is resumed once", async () => {
  const kept = await keptTrack();
  const { ground, config, seed, worker } = kept;
  expect(await pauseTrack(ground, seed.name)).toEqual({ kind: "gone" });
  expect(latestWorker(ground.store, seed.name)).toMatchObject({
    at: { state: "paused" },
    sessionId: worker.sessionId,
  });
  expect(findTrack(ground.store, seed.name)?.at).toMatchObject({ reason: "paused" });
  expect(await reconcileWorkers(ground, config)).toEqual([]);
  await expect(pauseTrack(ground, seed.name)).rejects.toMatchObject({ code: "track/not-growing" });
  expect(dirty(kept)).toBe("half\n");
  await resumeTrack(ground, config, seed.name);
  await expect(resumeTrack(ground, config, seed.name)).rejects.toMatchObject({
    code: "track/not-paused",
  });
  await atWork(ground, seed, 2);
  await expectReady(kept, 2);
});

test("a pause that was cut off is finished by the next process that looks", async () => {
  const kept = await keptTrack();
  const { ground, config, seed } = kept;
  const killed = new Error("killed here");
  const fault = () => Promise.reject(killed);
  await expect(pauseTrack({ ...ground, fault }, seed.name)).rejects.toBe(killed);
  expect(await reconcileWorkers(ground, config)).toMatchObject([{ fate: "stopped" }]);
  expect(latestWorker(ground.store, seed.name)?.at.state).toBe("paused");
  await resumeTrack(ground, config, seed.name);
  await atWork(ground, seed, 2);
  await expectReady(kept, 2);
});

test("a worker is paused even if its supervisor is killed in the middle of the pause", async () => {
  const kept = await keptTrack();
  const { ground, config, seed, worker } = kept;
  const fault = () => kill(worker.supervisor);
  expect(await pauseTrack({ ...ground, fault }, seed.name)).toEqual({ kind: "gone" });
  expect(latestWorker(ground.store, seed.name)?.at.state).toBe("paused");
  await resumeTrack(ground, config, seed.name);
  await atWork(ground, seed, 2);
  await expectReady(kept, 2);
});

test("a resume that was cut off before anything ran is made good by the next start, once", async () => {
  const kept = await keptTrack();
  const { ground, config, seed } = kept;
  await pauseTrack(ground, seed.name);
  const pleach = [process.execPath, "-e", "process.exit(1)"] as const;
  const invocation = { ...ground.invocation, pleach };
  const gone = { ...ground.self, boot: "11111111-1111-4111-8111-111111111111" };
  await resumeTrack({ ...ground, self: gone, invocation }, config, seed.name);
  await lost(kept);
  await restartTrack(ground, config, seed.name);
  await atWork(ground, seed, 2);
  await expectReady(kept, 2);
});

test("a stopped worker's session goes on, too, when it is resumed by name", async () => {
  const kept = await keptTrack();
  const { ground, config, seed } = kept;
  await stopTrack(ground, seed.name);
  expect(latestWorker(ground.store, seed.name)?.at.state).toBe("killed");
  await resumeTrack(ground, config, seed.name);
  await atWork(ground, seed, 2);
  await expectReady(kept, 2);
});
