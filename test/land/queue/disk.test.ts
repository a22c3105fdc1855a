import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { recoverLandings } from "../../../src/land/attempt/recover.ts";
import { isPreparing } from "../../../src/land/landing/landing.ts";
import { allTracks } from "../../../src/track/track-store.ts";
import { sample } from "../../support/depth.ts";
import { type Disk, smallDisk } from "../../support/disk.ts";
import { git } from "../../support/repo.ts";
import { atStop, landApart } from "./land-apart.ts";
import {
  changes,
  expectLanded,
  expectWhole,
  type UnionScene,
  unionScene,
  unionSteps,
} from "./union-scene.ts";

/*
 * A disk is full at every second step (in the deep tests, at every one) of a union's landing:
 * nothing untested lands, nothing is lost, and with room again the landing goes on. The moments
 * come from the code.
 */

/** The places where the queue writes: its own worktrees, and the store. */
const places = {
  worktrees: (top: string): string => join(top, "../repo.trees"),
  store: (top: string): string => join(top, ".git/pleach"),
} as const;

const forward = unionSteps.filter((step) => step !== "roll-back");
const together = "a+b";
interface Case {
  readonly place: keyof typeof places;
  readonly point: string;
}

const all: readonly Case[] = [
  // In the worktrees only the steps that put together and test need room.
  ...forward
    .filter((step) => isPreparing(step))
    .map((step) => ({ place: "worktrees", point: `land:${step}:intent` }) as const),
  ...forward.map((step) => ({ place: "store", point: `land:${step}:intent` }) as const),
];
const cases = sample(all, (at) => at % 2 === 0);

const megabytes = 8;

const allLanded = ({ ground }: UnionScene): boolean =>
  allTracks(ground.store).every(({ at }) => at.state === "landed");

/** Expects the target to be unmoved, or at a tree that was tested. */
function expectTested({ top, main }: UnionScene): void {
  if (git(top, "rev-parse", "main") === main) return;
  const tested = readFileSync(join(top, "../tested"), "utf8").split("\n");
  expect(tested).toContain(git(top, "rev-parse", "main^{tree}"));
}

describe("a disk that is full", () => {
  test.for(cases)(
    "for the $place at $point of a union: nothing is lost, and with room again both land",
    async ({ place, point }, { skip }) => {
      const disks: (Disk | undefined)[] = [];
      const scene = await unionScene({
        prepare: (top) => disks.push(smallDisk(places[place](top), megabytes)),
      });
      const [disk] = disks;
      if (disk === undefined) return skip("only root may mount a small disk");
      const { top, ground, config } = scene;
      const apart = landApart(top, changes, `${point}=SIGSTOP`, together);
      const said = await atStop(apart, () => disk.fill());
      // Git has words of its own for some of these errors.
      const isFull = /full|no space left|"refused"/i.test(said);
      // A landing put together before the disk was full needs no more room.
      expect(isFull || allLanded(scene), said).toBe(true);
      expectTested(scene);
      disk.free();
      await recoverLandings(ground, config);
      expectWhole(scene);
      await expectLanded(scene);
    },
  );
});
