import { describe, expect, test } from "vitest";
import { MergeQueue } from "../../../src/land/queue/merge-queue.ts";
import { sample } from "../../support/depth.ts";
import { git } from "../../support/repo.ts";
import {
  crowdedQueue,
  expectFinished,
  expectRecovered,
  fit,
  names,
  points,
} from "./crowded-queue.ts";
import { landApart } from "./land-apart.ts";
import { faultsOf } from "./real-queue.ts";

/*
 * Kills the merge queue with -9 at the begin or at the end of every kind of gate (in the deep
 * tests, at both); moves the target from another process at the other end; and lets gates misbehave
 * as soon as there are several tracks. The kinds come from the code; the steps of a union's landing
 * have files of their own.
 */

/** Whether a point is among those tried here: every kind of gate at one of its ends, in turn. */
const isOneEnd = (at: number): boolean => at % 4 === 0 || at % 4 === 3;

describe("a queue that is killed", () => {
  test.each(sample(points, isOneEnd))("at %s loses nothing, and goes on", async (point) => {
    const queue = await crowdedQueue();
    const killed = landApart(queue.top, queue.changes, point, names.join(","));
    expect(await killed.ended).toMatchObject({ signal: "SIGKILL" });
    await expectRecovered(queue);
    await expectFinished(queue);
  });
});

describe("a target that another process moves", () => {
  test.each(sample(points, (at) => !isOneEnd(at)))(
    "at %s is followed, and nothing tested on the old tip lands",
    async (point) => {
      const queue = await crowdedQueue();
      const { top, ground, config } = queue;
      let moves = 0;
      const fault = (reached: string): void => {
        if (reached !== point || moves > 0) return;
        moves += 1;
        git(top, "commit", "--quiet", "--allow-empty", "--message", "Moved");
      };
      const merging = new MergeQueue({ ...ground, fault }, config);
      const reports = await Promise.all(
        queue.world.names.map(async (name) => await merging.land(name)),
      );
      expect(moves).toBe(1);
      expect(git(top, "log", "--format=%s", "main")).toContain("Moved");
      expect(reports.filter(({ outcome }) => outcome === "landed")).toHaveLength(fit);
      await expectRecovered(queue);
    },
  );
});

const misbehaving = [
  ["never ends", "sleep 60"],
  ["writes into the tree", "echo x >> README.md; exit 0"],
  ["kills its parent", "kill -9 $PPID; sleep 60"],
] as const;

test.each(misbehaving)("a gate that %s with many lets none of them land", async (_, misbehaves) => {
  const tracks = names.slice(0, fit + 1);
  const queue = await crowdedQueue({ misbehaves, timeoutMs: 4_000, tracks });
  const reports = await queue.landAll();
  expect(reports.filter(({ outcome }) => outcome === "landed")).toHaveLength(fit);
  await expectRecovered(queue);
  expect(faultsOf(queue, reports).filter((fault) => !fault.includes("timeout"))).toEqual([]);
});
