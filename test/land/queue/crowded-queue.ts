import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { findMarked } from "../../../src/ground/proc/find.ts";
import { recoverLandings } from "../../../src/land/attempt/recover.ts";
import { gateKinds } from "../../../src/land/landing/gate-kind.ts";
import { allTracks, requireTrack } from "../../../src/track/track-store.ts";
import { git } from "../../support/repo.ts";
import { greenWorld, type RealQueue, type RealWorld, realQueue } from "./real-queue.ts";

/*
 * Tracks of which only a fixed number fit together: landing them takes every kind of gate that
 * there is, and always the same number land.
 */

export const names = [..."abcdef"];
export const fit = 3;

/** The begin and the end of every kind of gate, as the queue's faults name them. */
export const points = gateKinds.flatMap((kind) =>
  ["begun", "ended"].map((at) => `queue:${kind}:${at}`),
);

/** Makes a world in which any `fit` tracks are green together, and each larger union is red. */
function crowded(tracks: readonly string[]): RealWorld {
  return { ...greenWorld(tracks), isGreen: (all) => all.length <= fit };
}

const count = `[ "$(ls own | wc -l)" -le ${fit} ]`;
const log = "echo run >> ../../runs; git rev-parse HEAD^{tree} >> ../../tested\n";

export interface Crowd {
  /** The shell line of a gate that runs for too many tracks. */
  readonly misbehaves?: string;
  readonly timeoutMs?: number;
  readonly tracks?: readonly string[];
  /** Called before there is anything but a repository. */
  readonly prepare?: (top: string) => void;
}

export async function crowdedQueue({
  misbehaves = "exit 1",
  timeoutMs = 20_000,
  tracks = names,
  prepare,
}: Crowd = {}): Promise<RealQueue> {
  const script = `${log}${count} && exit 0\n${misbehaves}\n`;
  const land = { parallel: 3, timeoutMs };
  return await realQueue(crowded(tracks), { land, script, ...(prepare && { prepare }) });
}

/**
 * Expects that nothing runs, nothing is open, and every track is in a state from which it can go
 * on.
 */
export async function expectRecovered(
  { ground, config, top }: RealQueue,
  states: readonly string[] = ["ready", "landed", "handed-back"],
): Promise<void> {
  await recoverLandings(ground, config);
  for (const { at } of allTracks(ground.store)) {
    expect(states, JSON.stringify(at)).toContain(at.state);
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

/** Lands the rest, and checks all landings against the rules. */
export async function expectFinished(queue: RealQueue): Promise<void> {
  const { ground, top, world } = queue;
  const open = ["ready", "needs-human"];
  await queue.landAll((name) => open.includes(requireTrack(ground.store, name).at.state));
  const landed = landedIn(ground);
  expect(landed).toHaveLength(fit);
  expect(world.isGreen(queue.world.names.filter((name) => landed.includes(name)))).toBe(true);
  expect(git(top, "status", "--porcelain")).toBe("");
  expect(git(top, "show", "main:TASKS.md").match(/\[x\]/g)).toHaveLength(fit);
}
