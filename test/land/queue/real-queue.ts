import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseTrackName, type TrackName } from "../../../src/ground/ids.ts";
import { openPrograms } from "../../../src/ground/program.ts";
import type { LandReport } from "../../../src/land/landing/landing.ts";
import { MergeQueue } from "../../../src/land/queue/merge-queue.ts";
import { reachOf } from "../../../src/radar/reach.ts";
import { requireTrack } from "../../../src/track/track-store.ts";
import { type ConfigChanges, testConfig } from "../../support/config.ts";
import { readyTrack } from "../../support/ready-track.ts";
import { git, gitRepo, groundOf } from "../../support/repo.ts";
import { type World, worldOf } from "./queue-worlds.ts";
import { filesOf, firstFiles, redWhere } from "./world-files.ts";

/** A world of tracks in a real repository: the same as in a trial, in files and a shell line. */
export interface RealWorld extends World {
  /** Whether the gate of this world moves the target under the queue, once. */
  readonly moves: readonly number[];
}

export interface RealQueueOptions {
  readonly land?: ConfigChanges["land"];
  /** The gate; by default it is red where the world says so. */
  readonly script?: string;
  /** Called before there is anything but a repository. */
  readonly prepare?: (top: string) => void;
}

/** Makes a repository with the tracks of a world, all ready, and its gate beside the repository. */
export async function realQueue(
  world: RealWorld,
  { land = {}, script = gateOf(world), prepare = () => undefined }: RealQueueOptions = {},
) {
  const ids = world.names.map((name) => `T-${name}`);
  const top = gitRepo({
    "README.md": "hello\n",
    "TASKS.md": ids.map((id) => `- [ ] Task ${id}  id:${id}\n`).join(""),
    ...firstFiles(world),
  });
  const base = git(top, "rev-parse", "HEAD");
  writeFileSync(join(dirname(top), "gate.sh"), script);
  prepare(top);
  const ground = await groundOf(top);
  const gate = [{ name: "test", command: "sh ../../gate.sh" }];
  const changes = { land: { gate, ...land } };
  const config = testConfig(top, changes);
  const tracks = world.tracks.map(({ track }, at) =>
    readyTrack(ground, config, track, { files: filesOf(world, at), tasks: [`T-${track}`], base }),
  );
  const landAll = async (
    which: (name: TrackName) => boolean = () => true,
  ): Promise<readonly LandReport[]> => {
    const queue = new MergeQueue(ground, config);
    const chosen = world.names.filter(which);
    return await Promise.all(chosen.map(async (name) => await queue.land(name)));
  };
  return { ...{ top, base, ground, config, changes, tracks, landAll, world } };
}

export type RealQueue = Awaited<ReturnType<typeof realQueue>>;

/** Writes a gate that is red where the world says so. */
function gateOf(world: RealWorld): string {
  const reds = redWhere(world).map((condition) => `${condition} && exit 1`);
  const moves = world.moves.map(
    (_, at) =>
      `[ "$(wc -l < ../../runs)" = ${2 + at * 3} ] && git -C ../../repo commit -q --allow-empty -m moved`,
  );
  return `${["echo run >> ../../runs", ...moves, ...reds, "exit 0"].join("\n")}\n`;
}

/**
 * Draws a world for real git: conflicts only where paths are shared, no needs, no unlucky gates.
 */
export function realWorldOf(seed: number, most: number): RealWorld {
  const odds = { most, red: 0.15, redPair: 0.06, conflict: 0.5, surprise: 0 };
  return worldOf(seed, { ...odds, unlucky: 0, moves: 1, needs: 0, spread: 0 });
}

/** Makes a world of tracks that share nothing, all green. */
export function greenWorld(names: readonly string[]): RealWorld {
  const tracks = names.map((name) => ({
    ...{ track: parseTrackName(name), after: [], priority: 0, size: 1, arrives: 0 },
    reach: reachOf([`own/${name}`], []),
  }));
  return {
    ...{ tracks, names: tracks.map(({ track }) => track), red: new Set(), moves: [] },
    ...{ fits: () => true, isGreen: () => true, seconds: () => 1, isUnlucky: () => false },
  };
}

/** Lists the faults of a queue that has ended; empty when all is well. */
export function faultsOf(scene: RealQueue, reports: readonly LandReport[]): readonly string[] {
  const { top, base, ground, world, tracks } = scene;
  const faults: string[] = [];
  const order = git(top, "log", "--reverse", "--format=%H", `${base}..main`).split("\n");
  const landed = reports
    .filter(({ outcome }) => outcome === "landed")
    .toSorted((a, b) => order.indexOf(a.commit ?? "") - order.indexOf(b.commit ?? ""));
  const names = landed.map(({ track }) => track);
  // No tip the target had is red.
  for (const commit of new Set(landed.map((report) => report.commit ?? ""))) {
    const till = landed.filter((one) => order.indexOf(one.commit ?? "") <= order.indexOf(commit));
    if (!world.isGreen(till.map(({ track }) => track))) faults.push(`${commit} is red`);
  }
  for (const { track, outcome, detail } of reports) {
    if (outcome === "landed") continue;
    if (outcome !== "red" && outcome !== "conflict") faults.push(`${track}: ${outcome}: ${detail}`);
    // A track that came back could not have landed on top of all that has.
    if (world.fits(track, names) && world.isGreen([...names, track])) {
      faults.push(`${track} came back (${outcome}) and would have been green`);
    }
  }
  const states = reports.map(({ track }) => requireTrack(ground.store, track).at.state);
  if (states.some((state) => state !== "landed" && state !== "handed-back")) {
    faults.push(`states: ${states.join(", ")}`);
  }
  if (openPrograms(ground.store, "land").length > 0) faults.push("programs are open");
  if (git(top, "status", "--porcelain") !== "") faults.push("the checkout is dirty");
  const replayed = replay(scene, names);
  const tree = git(top, "rev-parse", "main^{tree}");
  if (replayed !== tree) faults.push(`the tree is not that of landing ${names.join(", ")} in turn`);
  for (const { worktree, name } of tracks) {
    const isBack = requireTrack(ground.store, name).at.state === "handed-back";
    if (isBack && !existsSync(join(worktree, ".pleach/HANDOFF.md")))
      faults.push(`${name}: no handoff`);
  }
  return faults;
}

/** Builds the tree of picking the landed tracks one after the other by hand, and ticking. */
function replay({ top, base }: RealQueue, names: readonly string[]): string {
  const folder = join(dirname(top), "replay");
  git(top, "worktree", "add", "--quiet", "--detach", folder, base);
  for (const name of names) git(folder, "cherry-pick", `${base}..work/${name}`);
  const tasks = join(folder, "TASKS.md");
  const ticked = names.reduce(
    (text, name) => text.replace(`- [ ] Task T-${name} `, `- [x] Task T-${name} `),
    readFileSync(tasks, "utf8"),
  );
  writeFileSync(tasks, ticked);
  git(folder, "add", "--all");
  const tree = execFileSync("git", ["write-tree"], { cwd: folder, encoding: "utf8" }).trim();
  git(top, "worktree", "remove", "--force", folder);
  return tree;
}
