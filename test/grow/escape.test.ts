import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { identify, liveness, type ProcessIdentity } from "../../src/ground/proc/identity.ts";
import { reconcileWorkers } from "../../src/grow/reconcile.ts";
import { startTrack } from "../../src/grow/start.ts";
import { stopTrack } from "../../src/grow/stop.ts";
import { growRepo, settled, working } from "../support/grow.ts";
import { trackSeed } from "../support/track.ts";

/* An agent whose daemon has left its parents, its session, its environment and its folder. */

const isLinux = process.platform === "linux";

async function escaping(prompt: string) {
  const { ground, config } = await growRepo();
  const seed = trackSeed(ground, "auth", { agent: "escapes", prompt });
  await startTrack(ground, config, seed);
  const file = join(seed.worktree, "../escaped.pid");
  const daemon = async (): Promise<ProcessIdentity> => {
    await expect.poll(() => existsSync(file) && readFileSync(file, "utf8")).toMatch(/^\d+\n$/);
    const found = await identify(Number(readFileSync(file, "utf8")));
    if (found === undefined) throw new Error("the daemon is gone already");
    onTestFinished(async () => {
      if ((await liveness(found)) === "alive") process.kill(found.pid, "SIGKILL");
    });
    return found;
  };
  return { ground, config, seed, daemon };
}

test.runIf(isLinux)("stopping ends it as well, and so does the end of its agent", async () => {
  const stays = await escaping("stays");
  await working(stays.ground, stays.seed.name);
  const daemon = await stays.daemon();
  expect(await stopTrack(stays.ground, stays.seed.name)).toEqual({ kind: "gone" });
  expect(await liveness(daemon)).toBe("gone");
  const ends = await escaping("ends");
  expect((await settled(ends.ground, ends.seed.name)).at).toMatchObject({ state: "ready" });
  const pid = Number(readFileSync(join(ends.seed.worktree, "../escaped.pid"), "utf8"));
  expect(await identify(pid)).toBeUndefined();
});

test.runIf(isLinux)("a daemon does not outlive a supervisor that was killed", async () => {
  const { ground, config, seed, daemon } = await escaping("stays");
  const worker = await working(ground, seed.name);
  const left = await daemon();
  process.kill(worker.supervisor?.pid ?? 0, "SIGKILL");
  await expect
    .poll(async () => (await reconcileWorkers(ground, config))[0]?.fate, { timeout: 20_000 })
    .toBe("lost");
  expect(await liveness(left)).toBe("gone");
});
