/**
 * Measures the time of the merge queue for twenty ready tracks whose gates wait, against landing
 * one after the other: in worlds drawn from seeds, the first few on real git, and many by
 * simulation, there also against batches.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Config } from "../src/ground/config/config.ts";
import { loadConfig } from "../src/ground/config/load.ts";
import type { Ground } from "../src/ground/ground.ts";
import { asTaskId, parseSha, type TrackName } from "../src/ground/ids.ts";
import { playQueue } from "../src/lab/trial.ts";
import { playBatches, playSerial } from "../src/lab/trial-others.ts";
import { presumed } from "../src/land/landing/gate-kind.ts";
import type { LandReport } from "../src/land/landing/landing.ts";
import { MergeQueue } from "../src/land/queue/merge-queue.ts";
import { recordTrack } from "../src/track/track-store.ts";
import { seedByHand } from "../src/verbs/by-hand.ts";
import { type Odds, twentyTracks, type World } from "../test/land/queue/queue-worlds.ts";
import { filesOf, firstFiles, redWhere } from "../test/land/queue/world-files.ts";
import { median, timed } from "./measure.ts";
import { type BenchRow, metOrMissed } from "./row.ts";
import { benchEnv, git, inScratch, makeRepository, openBenchGround } from "./scene.ts";

const tracks = 20;
const waits = 2;
const parallel = 4;
const limit = 1 / 3;
/** How many of the drawn worlds are played on real git as well. */
const real = 5;

export async function run(): Promise<readonly BenchRow[]> {
  const worlds = twentyTracks(drawn, odds);
  return [await onGit(worlds.slice(0, real)), simulated(worlds)];
}

async function onGit(worlds: readonly World[]): Promise<BenchRow> {
  const measured: { ratio: number; figure: string }[] = [];
  for (const world of worlds) {
    const serial = await inScratch(async (folder) => await landAll(folder, world, inTurn));
    const queued = await inScratch(async (folder) => await landAll(folder, world, atOnce));
    const times = `${seconds(queued.ms)} s and ${queued.gates} gates against ${seconds(serial.ms)} s and ${serial.gates}`;
    const landed = `${queued.landed} landed against ${serial.landed}`;
    measured.push({ ratio: queued.ms / serial.ms, figure: `${times}, ${landed}` });
  }
  const ratio = median(measured.map((one) => one.ratio));
  const each = measured.map((one) => `${one.ratio.toFixed(2)}: ${one.figure}`).join("; ");
  return {
    name: `the merge queue on real git, ${parallel} gates at once, ${tracks} ready tracks whose gate waits ${waits} s, against one after the other, the first ${real} worlds drawn (some red by themselves, some only together, some in conflict)`,
    figure: `median ${ratio.toFixed(2)} (${each})`,
    goal: `median ≤ ${limit.toFixed(2)}`,
    verdict: metOrMissed(ratio <= limit),
  };
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(1);

type Way = (queue: MergeQueue, names: readonly TrackName[]) => Promise<readonly LandReport[]>;

const inTurn: Way = async (queue, names) => {
  const reports: LandReport[] = [];
  for (const name of names) reports.push(await queue.land(name));
  return reports;
};

const atOnce: Way = async (queue, names) =>
  await Promise.all(names.map(async (name) => await queue.land(name)));

async function landAll(folder: string, world: World, way: Way) {
  const top = makeRepository(join(folder, "repo"), { files: 100, named: begin(world) });
  const ground = await openBenchGround(top, benchEnv(folder));
  try {
    const config = await loadConfig(ground);
    for (const at of world.names.keys()) await makeReady(ground, config, { world, at });
    const queue = new MergeQueue(ground, config);
    let landed = 0;
    const ms = await timed(async () => {
      const reports = await way(queue, world.names);
      landed = reports.filter(({ outcome }) => outcome === "landed").length;
    });
    const gates = ground.store.events(0, 100_000).filter(({ type }) => type === "gate.started");
    return { ms, landed, gates: gates.length };
  } finally {
    ground.store.close();
  }
}

/**
 * Lists the files of a world's repository: the settings, its backlog, and the files that tracks
 * share.
 */
function begin(world: World): Readonly<Record<string, string>> {
  const gate = [`sleep ${waits}`, ...redWhere(world).map((where) => `! { ${where}; }`)];
  const tasks = world.tracks.map(
    ({ track, priority }) => `- [ ] Task ${track}  id:${track} priority:${priority}\n`,
  );
  return {
    ...firstFiles(world),
    "TASKS.md": tasks.join(""),
    "pleach.toml": `agent = "nobody"\n[land]\nparallel = ${parallel}\ngate = '''${gate.join(" && ")}'''\n[agents.nobody]\ncommand = ["true"]\n`,
  };
}

async function makeReady(
  ground: Ground,
  config: Config,
  { world, at }: { readonly world: World; readonly at: number },
): Promise<void> {
  const name = world.names[at];
  if (name === undefined) throw new Error(`nobody is at ${at}`);
  const { mainTop } = ground.repo;
  const tree = join(config.worktrees.root, name);
  git(mainTop, "worktree", "add", "--quiet", "--no-track", "-b", `work/${name}`, tree);
  for (const [path, text] of Object.entries(filesOf(world, at))) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
  git(tree, "add", "--all");
  git(tree, "commit", "--quiet", "--message", `Work ${name}`);
  const asked = { prompt: undefined, tasks: [asTaskId(name)], agent: "nobody" };
  const seed = await seedByHand(ground, config, { name, ...asked, base: undefined });
  recordTrack(ground, name, { type: "track.planned", seed });
  recordTrack(ground, name, { type: "track.provisioning" });
  recordTrack(ground, name, { type: "track.started" });
  const tip = parseSha(git(tree, "rev-parse", "HEAD"));
  recordTrack(ground, name, { type: "track.ready", tip });
}

const drawn = 400;
/**
 * On the average three of twenty tracks are red, one pair is red only together, and some conflict.
 */
const odds: Odds = {
  ...{ most: tracks, red: 0.15, redPair: 0.005, conflict: 0.5, surprise: 0 },
  ...{ unlucky: 0, moves: 0, needs: 0, spread: 0 },
};
const batch = 8;

function simulated(worlds: readonly World[]): BenchRow {
  const rows = worlds.map((world) => {
    const own = playQueue(world, { parallel, seen: presumed }).seconds;
    const against = (other: number): number => own / other;
    return {
      serial: against(playSerial(world).seconds),
      batches: against(playBatches(world, batch).seconds),
    };
  });
  const serial = spread(rows.map((row) => row.serial));
  const batches = spread(rows.map((row) => row.batches));
  return {
    name: `the same in ${drawn} drawn worlds of ${tracks} tracks by simulation, git not counted: against one after the other, and against batches of ${batch} that are halved when red`,
    figure: `${serial.text}; ${batches.text}`,
    goal: `median ≤ ${limit.toFixed(2)}`,
    verdict: metOrMissed(serial.median <= limit),
  };
}

function spread(ratios: readonly number[]): { readonly median: number; readonly text: string } {
  const sorted = ratios.toSorted((a, b) => a - b);
  const p90 = sorted[Math.floor(sorted.length * 0.9)] ?? Number.NaN;
  const half = median(ratios);
  return { median: half, text: `median ${half.toFixed(2)}, p90 ${p90.toFixed(2)}` };
}
