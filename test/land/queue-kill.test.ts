import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { findMarked } from "../../src/ground/proc/find.ts";
import { allTracks, requireTrack } from "../../src/grow/track-store.ts";
import { MergeQueue } from "../../src/land/merge-queue.ts";
import { gateKinds } from "../../src/land/queue.ts";
import { recoverLandings } from "../../src/land/recover.ts";
import { git } from "../support/repo.ts";
import { landApart } from "./land-apart.ts";
import { faultsOf, greenWorld, type RealQueue, type RealWorld, realQueue } from "./real-queue.ts";

/*
 * Kill -9 of the merge queue at the begin and at the end of every kind of gate; a target that another
 * process moves at each of them; and gates that misbehave as soon as there are several tracks. Which
 * there are is asked of the code; the steps of a union's landing are in files of their own.
 */

const names = [..."abcdef"];
const fit = 3;

/** Any so many of the tracks are green together, and no more: each union that is larger is red. */
function crowded(tracks: readonly string[]): RealWorld {
  return { ...greenWorld(tracks), isGreen: (all) => all.length <= fit };
}

const count = `[ "$(ls own | wc -l)" -le ${fit} ]`;
const log = "echo run >> ../../runs; git rev-parse HEAD^{tree} >> ../../tested\n";

const scene = async (
  misbehaves = "exit 1",
  timeoutMs = 20_000,
  tracks: readonly string[] = names,
) =>
  await realQueue(
    crowded(tracks),
    { parallel: 3, timeoutMs },
    `${log}${count} && exit 0\n${misbehaves}\n`,
  );

/** Nothing runs, nothing is open, and every track is where it can go on. */
async function expectRecovered({ ground, config, top }: RealQueue): Promise<void> {
  await recoverLandings(ground, config);
  for (const { at } of allTracks(ground.store)) {
    expect(["ready", "landed", "handed-back"], JSON.stringify(at)).toContain(at.state);
  }
  for (const { id } of ground.store.all<{ id: string }>("SELECT id FROM programs")) {
    expect(await findMarked("PLEACH_PROGRAM", id)).toEqual({ kind: "known", processes: [] });
  }
  const file = join(dirname(top), "tested");
  const tested = existsSync(file) ? readFileSync(file, "utf8") : "";
  const tip = git(top, "rev-parse", "main^{tree}");
  expect(landedIn(ground).length === 0 || tested.includes(tip)).toBe(true);
}

const landedIn = (ground: RealQueue["ground"]): readonly string[] =>
  allTracks(ground.store)
    .filter(({ at }) => at.state === "landed")
    .map(({ name }) => name);

/** Lands the rest after a kill, and holds all that has landed against the rules. */
async function expectFinished(queue: RealQueue): Promise<void> {
  const { ground, top, world } = queue;
  await queue.landAll((name) => requireTrack(ground.store, name).at.state === "ready");
  const landed = landedIn(ground);
  expect(landed).toHaveLength(fit);
  expect(world.isGreen(queue.world.names.filter((name) => landed.includes(name)))).toBe(true);
  expect(git(top, "status", "--porcelain")).toBe("");
  expect(git(top, "show", "main:TASKS.md").match(/\[x\]/g)).toHaveLength(fit);
}

const points = gateKinds.flatMap((kind) => ["begun", "ended"].map((at) => `queue:${kind}:${at}`));

describe("a queue that is killed", () => {
  test.each(points)("at %s loses nothing, and goes on", async (point) => {
    const queue = await scene();
    const killed = landApart(queue.top, queue.changes, point, names.join(","));
    expect(await killed.ended).toMatchObject({ signal: "SIGKILL" });
    await expectRecovered(queue);
    await expectFinished(queue);
  });
});

describe("a target that another process moves", () => {
  test.each(points)(
    "at %s is followed, and what was tested on the old one does not land",
    async (point) => {
      const queue = await scene();
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

test.each(misbehaving)("a gate that %s with many lets none of them land", async (_, how) => {
  const queue = await scene(how, 4_000, names.slice(0, fit + 1));
  const reports = await queue.landAll();
  expect(reports.filter(({ outcome }) => outcome === "landed")).toHaveLength(fit);
  await expectRecovered(queue);
  expect(faultsOf(queue, reports).filter((fault) => !fault.includes("timeout"))).toEqual([]);
});
