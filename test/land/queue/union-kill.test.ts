import { rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { recoverLandings } from "../../../src/land/attempt/recover.ts";
import { killMoments } from "../../support/depth.ts";
import { git } from "../../support/repo.ts";
import { landApart } from "./land-apart.ts";
import {
  changes,
  expectLanded,
  expectWhole,
  lockOf,
  statesOf,
  unionScene,
  unionSteps,
} from "./union-scene.ts";

/*
 * Kills the landing of a union with -9 in every one of its steps and, in the deep tests, before and
 * after each: all of its tracks share one fate, the owner's changes in the checkout stay, and only
 * a tested tree lands.
 */

const cases = unionSteps.flatMap((step) => killMoments.map((moment) => ({ step, moment })));

describe("a union whose landing is killed", () => {
  test.each(cases)("at $step:$moment lands both of its tracks, once and whole", async (at) => {
    const scene = await unionScene({ isVetoed: at.step === "roll-back" });
    const { top, ground, config } = scene;
    const killed = landApart(top, changes, `land:${at.step}:${at.moment}`, "a+b");
    expect(await killed.ended).toMatchObject({ signal: "SIGKILL" });
    await recoverLandings(ground, config);
    expectWhole(scene);
    expect(statesOf(scene)).toHaveLength(1);
    if (at.step === "roll-back") {
      expect(statesOf(scene)).toEqual(["ready"]);
      expect(git(top, "rev-parse", "main")).toBe(scene.main);
      rmSync(lockOf(top), { force: true });
    }
    await expectLanded(scene);
  });
});
