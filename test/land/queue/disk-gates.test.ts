import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { LandReport } from "../../../src/land/landing/landing.ts";
import { sample } from "../../support/depth.ts";
import { type Disk, smallDisk } from "../../support/disk.ts";
import { crowdedQueue, expectFinished, expectRecovered, names, points } from "./crowded-queue.ts";
import { atStop, landApart } from "./land-apart.ts";

/*
 * A disk is full at the begin or at the end of a gate (in the deep tests, at both of every kind):
 * nothing untested lands, nothing is lost, and with room again all tracks land that can.
 */

/** The places where the queue writes: its own worktrees, and the store. */
const places = {
  worktrees: (top: string): string => join(top, "../repo.trees"),
  store: (top: string): string => join(top, ".git/pleach"),
} as const;
type Place = keyof typeof places;

interface Case {
  readonly place: Place;
  readonly point: string;
}

/**
 * Worktrees need room when a landing is put together and tested, the store when its result is told.
 */
const all = points.map(
  (point): Case => ({ place: point.endsWith(":begun") ? "worktrees" : "store", point }),
);
/** The daily cases: not each kind of gate at both ends. */
const cases = sample(all, (at) => at % 3 === 0);

const megabytes = 8;

/** Parses the reports; none when there is only an error. */
const reportsIn = (said: string): readonly LandReport[] =>
  said.startsWith("[") ? (JSON.parse(said) as readonly LandReport[]) : [];

describe("a disk that is full", () => {
  test.for(cases)(
    "for the $place at $point: nothing is lost, and with room again all land that can",
    async ({ place, point }, { skip }) => {
      const disks: (Disk | undefined)[] = [];
      const queue = await crowdedQueue({
        prepare: (top) => disks.push(smallDisk(places[place](top), megabytes)),
      });
      const [disk] = disks;
      if (disk === undefined) return skip("only root may mount a small disk");
      const { top, changes } = queue;
      const apart = landApart(top, changes, `${point}=SIGSTOP`, names.join(","));
      const said = await atStop(apart, () => disk.fill());
      disk.free();
      for (const { outcome, detail } of reportsIn(said)) {
        if (outcome === "refused")
          expect(detail).toMatch(/no room left on the disk of|No space left on device/);
      }
      expect((await apart.ended).signal).toBeNull();
      // A track whose landing git could not write, and that was alone, waits for a person.
      await expectRecovered(queue, ["ready", "landed", "handed-back", "needs-human"]);
      await expectFinished(queue);
    },
  );
});
