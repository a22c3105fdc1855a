import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { findMarked } from "../../src/ground/proc/find.ts";
import { allTracks, requireTrack } from "../../src/grow/track-store.ts";
import { type LandStep, landSteps } from "../../src/land/landing.ts";
import { gateKinds } from "../../src/land/queue.ts";
import { recoverLandings } from "../../src/land/recover.ts";
import { git } from "../support/repo.ts";
import { atStop, landApart } from "./land-apart.ts";
import { faultsOf, greenWorld, type RealQueue, type RealWorld, realQueue } from "./real-queue.ts";

/*
 * Kill -9 of the merge queue at the begin and at the end of every kind of gate, and in every step of
 * the landing of a union; a target that another process moves at each of them; and gates that
 * misbehave as soon as there are several tracks. Which there are is asked of the code.
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

describe("a queue that is killed", () => {
  const points = gateKinds.flatMap((kind) => ["begun", "ended"].map((at) => `queue:${kind}:${at}`));
  test.each(points)("at %s loses nothing, and goes on", async (point) => {
    const queue = await scene();
    const killed = landApart(queue.top, queue.changes, point, names.join(","));
    expect(await killed.ended).toMatchObject({ signal: "SIGKILL" });
    await expectRecovered(queue);
    await expectFinished(queue);
  });
});

describe("a target that another process moves", () => {
  test.each(gateKinds)("while a gate of the kind %s begins is followed", async (kind) => {
    const queue = await scene();
    const { top, changes } = queue;
    const apart = landApart(top, changes, `queue:${kind}:begun=SIGSTOP`, names.join(","));
    const said = await atStop(apart, () =>
      git(top, "commit", "--quiet", "--allow-empty", "--message", "Moved"),
    );
    expect(git(top, "log", "--format=%s", "main")).toContain("Moved");
    const reports = JSON.parse(said) as { outcome: string }[];
    expect(reports.filter(({ outcome }) => outcome === "landed")).toHaveLength(fit);
    await expectRecovered(queue);
  });
});

describe("a union whose landing is killed", () => {
  // What happens to a checkout is the same for one track; its own suite has every step and moment.
  const own: readonly LandStep[] = ["gate", "checkout", "swap-ref", "record"];
  const steps = landSteps.filter((step) => own.includes(step));
  test.each(steps)("in the step %s comes to its end with all its tracks", async (step) => {
    const queue = await realQueue(greenWorld(["a", "b"]), {}, `${log}exit 0\n`);
    const { top, ground, changes } = queue;
    const killed = landApart(top, changes, `land:${step}:acted`, "a+b");
    expect(await killed.ended).toMatchObject({ signal: "SIGKILL" });
    await recoverLandings(ground, queue.config);
    const states = new Set(allTracks(ground.store).map(({ at }) => at.state));
    expect(states.size).toBe(1);
    expect(["ready", "landed"]).toContain([...states][0]);
    const left = await queue.landAll(
      (name) => requireTrack(ground.store, name).at.state === "ready",
    );
    expect(left.every(({ outcome }) => outcome === "landed")).toBe(true);
    expect(landedIn(ground)).toEqual(["a", "b"]);
    expect(git(top, "status", "--porcelain")).toBe("");
    expect(git(top, "ls-tree", "--name-only", "main", "own/")).toBe("own/a\nown/b");
  });
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
