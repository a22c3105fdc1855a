import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { replayLandings } from "../../../src/lab/replay-queue.ts";
import { MergeQueue } from "../../../src/land/queue/merge-queue.ts";
import { formatLab } from "../../../src/watch/lab.ts";
import { draws } from "../../support/depth.ts";
import { eventsOf } from "../../support/events.ts";
import { git } from "../../support/repo.ts";
import { expectValid } from "../../support/schema.ts";
import { faultsOf, greenWorld, realQueue, realWorldOf } from "./real-queue.ts";

/*
 * The merge queue over real git: tracks that are red by themselves, or only together, or conflict,
 * and a target that is moved by its gate. The number of queues: PLEACH_QUEUES, else 5, or 100 in
 * the deep tests.
 */

const count = Number(process.env["PLEACH_QUEUES"] ?? draws(5, 100));
const first = Number(process.env["PLEACH_QUEUES_FROM"] ?? "1");

/**
 * Seeds of former faults: in this one, an obsolete gate once gave a handed-back track to the
 * landing again.
 */
const known = [70];

describe("queues drawn at random", () => {
  test.each([...Array.from({ length: count }, (_, at) => first + at), ...known])(
    "of seed %i land all that can land, as if one after the other, and nothing red",
    async (seed) => {
      const scene = await realQueue(realWorldOf(seed, 7), { land: { parallel: 1 + (seed % 4) } });
      const reports = await scene.landAll();
      expect(faultsOf(scene, reports)).toEqual([]);
    },
  );
});

test("the last caller to get its report finds no open program, even while an obsolete gate is still ending", async () => {
  const scene = await realQueue(realWorldOf(83, 7), { land: { parallel: 4 } });
  const { ground, config, world } = scene;
  const fault = async (point: string): Promise<void> => {
    if (point.endsWith(":ended")) await setTimeout(point.includes("union") ? 1_500 : 0);
  };
  const queue = new MergeQueue({ ...ground, fault }, config);
  const reports = await Promise.all(world.names.map(async (name) => await queue.land(name)));
  expect(faultsOf(scene, reports)).toEqual([]);
});

const runsOf = (top: string): number =>
  readFileSync(join(dirname(top), "runs"), "utf8")
    .trim()
    .split("\n").length;

test("survivors land as one union with one tick commit, tested as the commit that lands", async () => {
  const scene = await realQueue(greenWorld([..."abcdefghi"]), { land: { parallel: 3 } });
  const reports = await scene.landAll();
  expect(faultsOf(scene, reports)).toEqual([]);
  const union = reports.find((report) => (report.union?.length ?? 0) > 1);
  expect(union).toMatchObject({ outcome: "landed", gate: { exitCode: 0 } });
  const subjects = git(scene.top, "log", "-1", "--format=%s%n%b", union?.commit ?? "");
  for (const name of union?.union ?? []) expect(subjects).toContain(`Pleach-Track: ${name}`);
  expect(subjects).toMatch(/^Tick T-/);
  const member = reports.find(({ track }) => track === union?.track);
  expect(member?.paths).toEqual([`own/${member?.track}`]);
  expect(runsOf(scene.top)).toBeLessThanOrEqual(14);
  const landed = eventsOf(scene.ground.store, "landing.landed");
  expect(landed).toHaveLength(9);
  expect(landed.some(({ union: told }) => Array.isArray(told))).toBe(true);
});

test("landings that were recorded can be played again under other ways to queue", async () => {
  const scene = await realQueue(realWorldOf(5, 7), { land: { parallel: 2 } });
  const reports = await scene.landAll();
  const events = scene.ground.store.events(0, 10_000);
  const { attempts, rows } = replayLandings(events, { parallel: 2, batch: 8 });
  expect(attempts).toBe(reports.length);
  const landed = reports.filter(({ outcome }) => outcome === "landed").length;
  for (const row of rows) expect(row.landed).toBe(landed);
  expectValid("lab", { schema: 1, experiment: "queue", attempts, rows });
  expect(formatLab({ attempts, rows })).toHaveLength(6);
});

test("a few tracks ride on top of each other: no gate runs twice", async () => {
  const scene = await realQueue(greenWorld(["a", "b"]), { land: { parallel: 2 } });
  expect(faultsOf(scene, await scene.landAll())).toEqual([]);
  expect(runsOf(scene.top)).toBe(2);
  const trees = join(dirname(scene.top), "repo.trees");
  for (const slot of [1, 2]) expect(existsSync(join(trees, `.integration-${slot}`))).toBe(true);
});
