import { rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseTrackName } from "../../../src/ground/ids.ts";
import { tried } from "../../support/depth.ts";
import { git } from "../../support/repo.ts";
import { landUnion } from "./land-union.ts";
import {
  expectLanded,
  expectWhole,
  lockOf,
  statesOf,
  type UnionScene,
  unionScene,
  unionSteps,
} from "./union-scene.ts";

/*
 * Another process moves the target in every step of a union's landing: either the union landed
 * before, or nothing of it lands, and then it lands on the new tip.
 */

// After its result a step leaves the world as the next step finds it.
const at = tried(["acted"], ["intent"]);
const cases = unionSteps.flatMap((step) => at.map((moment) => ({ step, moment })));

/** Lands both tracks together, and moves the target once at this point. */
async function landMoved({ top, ground, config }: UnionScene, point: string) {
  let moves = 0;
  const fault = (reached: string): void => {
    if (reached !== point || moves > 0) return;
    moves += 1;
    // The other process is no longer kept out by the lock.
    rmSync(lockOf(top), { force: true });
    const commit = git(top, "commit-tree", "main^{tree}", "-p", "main", "-m", "Moved");
    git(top, "update-ref", "refs/heads/main", commit);
  };
  const names = ["a", "b"].map(parseTrackName);
  const reports = await landUnion({ ...ground, fault }, config, names);
  return { reports, moves };
}

describe("a target that another process moves", () => {
  test.each(cases)("at $step:$moment of a union's landing is followed", async (at) => {
    const scene = await unionScene({ isVetoed: at.step === "roll-back" });
    const { top } = scene;
    const { reports, moves } = await landMoved(scene, `land:${at.step}:${at.moment}`);
    expect(moves).toBe(1);
    expect(new Set(reports.map(({ outcome }) => outcome)).size).toBe(1);
    expectWhole(scene);
    const [state] = statesOf(scene);
    expect(statesOf(scene)).toHaveLength(1);
    expect(state).toBe(reports[0]?.outcome === "landed" ? "landed" : "ready");
    await expectLanded(scene);
    expect(git(top, "log", "--format=%s", "main")).toContain("Moved");
  });
});
