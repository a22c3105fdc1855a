import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { LandReport } from "../../../src/land/landing/landing.ts";
import { sample } from "../../support/depth.ts";
import { type Disk, smallDisk } from "../../support/disk.ts";
import { crowdedQueue, expectFinished, expectRecovered, names, points } from "./crowded-queue.ts";
import { atStop, landApart } from "./land-apart.ts";

/*
 * A disk that is full at the begin or at the end of a gate (deep, at both of every kind): nothing
 * lands that was not tested, nothing is lost, and with room again all lands that can.
 */

/** Where the queue writes: its own worktrees, and the store. */
const places = {
  worktrees: (top: string): string => join(top, "../repo.trees"),
  store: (top: string): string => join(top, ".git/pleach"),
} as const;
type Place = keyof typeof places;

interface Case {
  readonly place: Place;
  readonly point: string;
}

/** In the worktrees what is put together and tested needs room, in the store what is told of it. */
const all = points.map(
  (point): Case => ({ place: point.endsWith(":begun") ? "worktrees" : "store", point }),
);
/** Not each kind of gate at both ends every day. */
const cases = sample(all, (at) => at % 3 === 0);

const megabytes = 8;

/** What it reports; nothing where the error is all that is said. */
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
      // A person is told, where git could not write for a track that was alone.
      await expectRecovered(queue, ["ready", "landed", "handed-back", "needs-human"]);
      await expectFinished(queue);
    },
  );
});
