import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { slug } from "../../src/ground/ids.ts";
import { findInside } from "../../src/ground/proc/find.ts";
import { openPrograms } from "../../src/ground/program.ts";
import { reconcileWorkers } from "../../src/grow/reconcile.ts";
import { recoverStarts, startSteps, startTrack } from "../../src/grow/start.ts";
import { findPorts } from "../../src/grow/worktree/ports.ts";
import { findTrack } from "../../src/track/track-store.ts";
import { apartArgv, apartEnv } from "../support/apart.ts";
import { growRepo, settled } from "../support/grow.ts";
import { launcher } from "../support/places.ts";
import { git } from "../support/repo.ts";
import { trackSeed } from "../support/track.ts";

const setup = '[worktrees]\nsetup = ["touch made", "setsid sleep 300 &"]\nteardown = ["rm made"]\n';
const name = slug("auth");

function startElsewhere(top: string, fault: string): ChildProcess {
  const [node, ...argv] = apartArgv("start", top, "works", launcher);
  const env = { ...apartEnv(fault), XDG_CONFIG_HOME: join(top, "../config") };
  return spawn(node, argv, { env, stdio: "ignore" });
}

/**
 * Expects that recovery left nothing of the start, and that the same track starts and gets ready.
 */
async function expectClean({ ground, config, top }: Awaited<ReturnType<typeof growRepo>>) {
  const seed = trackSeed(ground, name, { agent: "works" });
  expect(existsSync(seed.worktree)).toBe(false);
  expect(git(top, "branch", "--list", "work/*")).toBe("");
  expect(git(top, "worktree", "list", "--porcelain").match(/^worktree /gm)).toHaveLength(1);
  expect(await findInside(join(top, "../repo.trees"))).toEqual({ kind: "known", processes: [] });
  expect(findPorts(ground.store, name)).toBeUndefined();
  expect(openPrograms(ground.store, "start")).toEqual([]);
  expect(["failed", undefined]).toContain(findTrack(ground.store, name)?.at.state);
  const plain = { ...config, worktrees: { ...config.worktrees, setup: [], teardown: [] } };
  expect(await startTrack(ground, plain, seed)).toMatchObject({ kind: "started" });
  expect((await settled(ground, name)).at.state).toBe("ready");
}

const points = startSteps.flatMap((step) =>
  ["intent", "acted", "result"].map((phase) => `start:${step}:${phase}`),
);

test.each(points)("a start killed at %s is found and undone by the next start", async (point) => {
  const project = await growRepo(setup);
  const child = startElsewhere(project.top, point);
  const [, signal] = await once(child, "exit");
  expect(signal).toBe("SIGKILL");
  expect(await recoverStarts(project.ground, project.config)).toEqual([name]);
  await expectClean(project);
});

test("git and its hook are ended first when the start is killed while they are at work", async () => {
  const project = await growRepo();
  const { top, ground, config } = project;
  const hook = join(top, ".git/hooks/post-checkout");
  mkdirSync(join(top, ".git/hooks"), { recursive: true });
  writeFileSync(hook, '#!/bin/sh\ntouch "$(git rev-parse --git-common-dir)/hooked"\nsleep 300\n');
  chmodSync(hook, 0o755);
  const child = startElsewhere(top, "");
  await expect.poll(() => existsSync(join(top, ".git/hooked")), { timeout: 20_000 }).toBe(true);
  expect(await recoverStarts(ground, config)).toEqual([]);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await recoverStarts(ground, config)).toEqual([name]);
  writeFileSync(hook, "#!/bin/sh\nexit 0\n");
  await expectClean(project);
});

test("a worker is lost when its start is killed after it was recorded and before it was launched", async () => {
  const { ground, config, top } = await growRepo();
  const stuck = { ...ground, self: { ...ground.self, start: "gone" } };
  // The program runs long enough to be seen as started, and never records itself.
  const program = join(top, "../supervisor");
  writeFileSync(program, "#!/bin/sh\nsleep 2\n");
  chmodSync(program, 0o755);
  const invocation = { ...ground.invocation, pleach: [program] as const };
  await startTrack({ ...stuck, invocation }, config, trackSeed(ground, name, { agent: "works" }));
  await expect
    .poll(async () => (await reconcileWorkers(ground, config))[0]?.fate, { timeout: 20_000 })
    .toBe("lost");
  expect(findTrack(ground.store, name)?.at.state).toBe("growing");
});
