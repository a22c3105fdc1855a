/**
 * What the merge queue takes for twenty ready tracks whose gates wait, against one after the other:
 * on real git for a few scenes, and in many drawn worlds by simulation, there also against batches.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../src/ground/config/load.ts";
import { asTaskId, parseSha, parseTrackName, type TrackName } from "../src/ground/ids.ts";
import { recordTrack } from "../src/grow/track-store.ts";
import type { LandReport } from "../src/land/landing.ts";
import { MergeQueue } from "../src/land/merge-queue.ts";
import { presumed } from "../src/land/queue.ts";
import { playQueue } from "../src/land/trial.ts";
import { playBatches, playSerial } from "../src/land/trial-others.ts";
import { seedByHand } from "../src/run/by-hand.ts";
import { type Odds, twentyTracks } from "../test/land/queue-worlds.ts";
import { median, timed } from "./measure.ts";
import { type BenchRow, metOrMissed } from "./row.ts";
import { benchEnv, git, inScratch, makeRepository, openBenchGround } from "./scene.ts";

const tracks = 20;
const waits = 2;
const parallel = 4;
const limit = 1 / 3;

interface Scene {
  /** Red by themselves. */
  readonly red: readonly number[];
  /** Two that are red only together. */
  readonly together: readonly [number, number];
  /** Two that add the same file, each with a text of its own. */
  readonly conflict: readonly [number, number];
}

const scenes: readonly Scene[] = [
  { red: [3, 9, 14], together: [6, 17], conflict: [5, 12] },
  { red: [1, 2, 20], together: [10, 11], conflict: [7, 19] },
  { red: [5, 12, 18], together: [1, 20], conflict: [2, 3] },
];

export async function run(): Promise<readonly BenchRow[]> {
  return [await onGit(), simulated()];
}

async function onGit(): Promise<BenchRow> {
  const measured: { ratio: number; figure: string }[] = [];
  for (const scene of scenes) {
    const serial = await inScratch(async (folder) => await landAll(folder, scene, inTurn));
    const queued = await inScratch(async (folder) => await landAll(folder, scene, atOnce));
    if (serial.landed !== queued.landed) {
      throw new Error(`${serial.landed} landed one after the other, ${queued.landed} in the queue`);
    }
    const times = `${seconds(queued.ms)} s and ${queued.gates} gates against ${seconds(serial.ms)} s and ${serial.gates}`;
    measured.push({ ratio: queued.ms / serial.ms, figure: times });
  }
  const ratio = median(measured.map((one) => one.ratio));
  const each = measured.map((one) => `${one.ratio.toFixed(2)}: ${one.figure}`).join("; ");
  return {
    name: `the merge queue, ${parallel} gates at once, on ${tracks} ready tracks (3 red, 2 red only together, 2 in conflict) whose gate waits ${waits} s, against one after the other, ${scenes.length} scenes`,
    figure: `${ratio.toFixed(2)} (${each})`,
    goal: `≤ ${limit.toFixed(2)}`,
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

async function landAll(folder: string, scene: Scene, way: Way) {
  const names = Array.from({ length: tracks }, (_, index) => index + 1);
  const gate = gateOf(scene);
  const settings = `agent = "nobody"\n[land]\nparallel = ${parallel}\ngate = '''${gate}'''\n[agents.nobody]\ncommand = ["true"]\n`;
  const tasks = names.map((name) => `- [ ] Task ${name}  id:T${name}\n`).join("");
  const named = { "TASKS.md": tasks, "pleach.toml": settings };
  const top = makeRepository(join(folder, "repo"), { files: 100, named });
  const ground = await openBenchGround(top, benchEnv(folder));
  try {
    const config = await loadConfig(ground);
    const ready: TrackName[] = [];
    for (const index of names) {
      const name = parseTrackName(`t${index}`);
      const tree = join(folder, `repo.trees/t${index}`);
      git(top, "worktree", "add", "--quiet", "--no-track", "-b", `work/${name}`, tree);
      writeFileSync(join(tree, `new-${index}.txt`), `new ${index}\n`);
      if (scene.conflict.includes(index)) writeFileSync(join(tree, "both.txt"), `by ${index}\n`);
      git(tree, "add", "--all");
      git(tree, "commit", "--quiet", "--message", `Work ${index}`);
      const asked = { prompt: undefined, tasks: [asTaskId(`T${index}`)], agent: "nobody" };
      const seed = await seedByHand(ground, config, { name, ...asked, base: undefined });
      recordTrack(ground, name, { type: "track.planned", seed });
      recordTrack(ground, name, { type: "track.provisioning" });
      recordTrack(ground, name, { type: "track.started" });
      const tip = parseSha(git(tree, "rev-parse", "HEAD"));
      recordTrack(ground, name, { type: "track.ready", tip });
      ready.push(name);
    }
    const queue = new MergeQueue(ground, config);
    let landed = 0;
    const ms = await timed(async () => {
      const reports = await way(queue, ready);
      landed = reports.filter(({ outcome }) => outcome === "landed").length;
    });
    const gates = ground.store.events(0, 100_000).filter(({ type }) => type === "gate.started");
    return { ms, landed, gates: gates.length };
  } finally {
    ground.store.close();
  }
}

const has = (at: number): string => `[ -e new-${at}.txt ]`;

const gateOf = ({ red, together }: Scene): string =>
  [
    `sleep ${waits}`,
    ...red.map((at) => `! ${has(at)}`),
    `! { ${together.map(has).join(" && ")}; }`,
  ].join(" && ");

const worlds = 400;
/** About as in the scenes: three of twenty red, one pair red only together, some conflicts. */
const odds: Odds = {
  ...{ most: tracks, red: 0.15, redPair: 0.005, conflict: 0.5, surprise: 0 },
  ...{ unlucky: 0, moves: 0, needs: 0, spread: 0 },
};
const batch = 8;

function simulated(): BenchRow {
  const rows = twentyTracks(worlds, odds).map((world) => {
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
    name: `the same in ${worlds} drawn worlds of ${tracks} tracks by simulation, git not counted: against one after the other, and against batches of ${batch} that are halved when red`,
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
