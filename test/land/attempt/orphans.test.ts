import { spawn } from "node:child_process";
import { expect, onTestFinished, test } from "vitest";
import { identify } from "../../../src/ground/proc/identity.ts";
import { takeLease } from "../../../src/ground/store/lease.ts";
import { recoverLandings } from "../../../src/land/attempt/recover.ts";
import { findTrack, recordTrack } from "../../../src/track/track-store.ts";
import { growRepo } from "../../support/grow.ts";
import { readyTrack } from "../../support/ready-track.ts";

/*
 * The queue gives a landing up and begins another of the same track. A process that ends between the
 * two (killed, or stopped by a full disk) leaves a track that is said to land, and no landing.
 */

async function orphaned() {
  const { ground, config } = await growRepo('[land]\ngate = "true"\n', { "a.txt": "a\n" });
  const { name, at } = readyTrack(ground, config, "auth");
  if (at.state !== "ready") throw new Error("it is ready");
  recordTrack(ground, name, { type: "track.landing", tip: at.tip });
  const state = () => findTrack(ground.store, name)?.at;
  return { ground, config, state, ready: at };
}

async function otherProcess() {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  const identity = await identify(child.pid ?? 0);
  if (identity === undefined) throw new Error("it lives");
  return { identity, child };
}

test("a track that no landing has is ready again, at the tip it was to land with", async () => {
  const { ground, config, state, ready } = await orphaned();
  await recoverLandings(ground, config);
  expect(state()).toEqual(ready);
});

test("a track stays as it is while another process lands, and is ready once that is gone", async () => {
  const { ground, config, state, ready } = await orphaned();
  const { identity, child } = await otherProcess();
  await takeLease(ground.store, "land", identity, ground.clock.now());
  await recoverLandings(ground, config);
  expect(state()?.state).toBe("landing");
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
  await recoverLandings(ground, config);
  expect(state()).toEqual(ready);
});
