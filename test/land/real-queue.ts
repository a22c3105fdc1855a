import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseTrackName, type TrackName } from "../../src/ground/ids.ts";
import { openPrograms } from "../../src/ground/program.ts";
import { requireTrack } from "../../src/grow/track-store.ts";
import type { LandReport } from "../../src/land/landing.ts";
import { MergeQueue } from "../../src/land/merge-queue.ts";
import { reachOf } from "../../src/radar/reach.ts";
import { type ConfigChanges, testConfig } from "../support/config.ts";
import { readyTrack } from "../support/ready-track.ts";
import { git, gitRepo, groundOf } from "../support/repo.ts";
import { type World, worldOf } from "./queue-worlds.ts";

/** What is true of tracks in a real repository: the same as in a trial, in files and a shell line. */
export interface RealWorld extends World {
  /** Whether the gate of this world moves the target under the queue, once. */
  readonly moves: readonly number[];
}

const lines = 40;

/** Each line far enough from the next that two tracks may change theirs without a conflict. */
const shared = (changed: ReadonlyMap<number, string>): string =>
  Array.from({ length: lines }, (_, at) => `${changed.get(at) ?? `line ${at}`}\n`).join("");

/** A repository with the tracks of a world, all ready, and its gate beside the repository. */
export async function realQueue(
  world: RealWorld,
  land: ConfigChanges["land"] = {},
  script = gateOf(world),
) {
  const ids = world.names.map((name) => `T-${name}`);
  const paths = new Set(world.tracks.flatMap(({ reach }) => [...reach.claims]));
  const hot = [...paths].filter((path) => path.startsWith("shared/"));
  const top = gitRepo({
    "README.md": "hello\n",
    "TASKS.md": ids.map((id) => `- [ ] Task ${id}  id:${id}\n`).join(""),
    ...Object.fromEntries(hot.map((path) => [path, shared(new Map())])),
  });
  const base = git(top, "rev-parse", "HEAD");
  writeFileSync(join(dirname(top), "gate.sh"), script);
  const ground = await groundOf(top);
  const gate = [{ name: "test", command: "sh ../../gate.sh" }];
  const changes = { land: { gate, ...land } };
  const config = testConfig(top, changes);
  const tracks = world.tracks.map(({ track, reach }, at) => {
    const files = Object.fromEntries(
      [...reach.claims].map((path) => [
        path,
        path.startsWith("shared/") ? hotFile(world, path, at) : `${track}\n`,
      ]),
    );
    return readyTrack(ground, config, track, { files, tasks: [`T-${track}`], base });
  });
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

/** Two that conflict change the same line, two that do not lines that are far apart. */
function hotFile(world: World, path: string, at: number): string {
  const changed = new Map<number, string>();
  changed.set(at * 3, `by ${world.names[at]}`);
  world.names.forEach((other, index) => {
    const name = world.names[at];
    const meets = world.tracks[index]?.reach.claims.has(path) === true;
    if (index === at || name === undefined || !meets || world.fits(name, [other])) return;
    changed.set(Math.min(at, index) * 3 + 1, `by ${name} against ${other}`);
  });
  return shared(changed);
}

/** Red where the world says so: tracks are told by the files they add. */
function gateOf(world: World): string {
  const has = (name: string): string => `[ -e own/${name} ]`;
  const reds = [...world.red].map((name) => `${has(name)} && exit 1`);
  const pairs = world.names.flatMap((name, at) =>
    world.names
      .slice(0, at)
      .filter((other) => {
        const clean = !world.red.has(name) && !world.red.has(other);
        return (
          clean && !world.isGreen([other, name]) && world.isGreen([other]) && world.isGreen([name])
        );
      })
      .map((other) => `${has(name)} && ${has(other)} && exit 1`),
  );
  const moves = world.moves.map(
    (_, at) =>
      `[ "$(wc -l < ../../runs)" = ${2 + at * 3} ] && git -C ../../repo commit -q --allow-empty -m moved`,
  );
  return `${["echo run >> ../../runs", ...moves, ...reds, ...pairs, "exit 0"].join("\n")}\n`;
}

/** A world for real git: conflicts only where paths are shared, no needs, no unlucky gates. */
export function realWorldOf(seed: number, most: number): RealWorld {
  const odds = { most, red: 0.15, redPair: 0.06, conflict: 0.5, surprise: 0 };
  return worldOf(seed, { ...odds, unlucky: 0, moves: 1, needs: 0, spread: 0 });
}

/** So many tracks that share nothing, all green. */
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

/** What is wrong with how a queue ended; empty when all is well. */
export function faultsOf(scene: RealQueue, reports: readonly LandReport[]): readonly string[] {
  const { top, base, ground, world, tracks } = scene;
  const faults: string[] = [];
  const order = git(top, "log", "--reverse", "--format=%H", `${base}..main`).split("\n");
  const landed = reports
    .filter(({ outcome }) => outcome === "landed")
    .toSorted((a, b) => order.indexOf(a.commit ?? "") - order.indexOf(b.commit ?? ""));
  const names = landed.map(({ track }) => track);
  // Nothing red is at any tip the target had.
  for (const commit of new Set(landed.map((report) => report.commit ?? ""))) {
    const till = landed.filter((one) => order.indexOf(one.commit ?? "") <= order.indexOf(commit));
    if (!world.isGreen(till.map(({ track }) => track))) faults.push(`${commit} is red`);
  }
  for (const { track, outcome, detail } of reports) {
    if (outcome === "landed") continue;
    if (outcome !== "red" && outcome !== "conflict") faults.push(`${track}: ${outcome}: ${detail}`);
    // What came back could not have landed on top of all that has.
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

/** The tree of picking what landed one after the other by hand, and ticking. */
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
