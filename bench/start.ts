/** Measures the cost of starting a track beside a raw `git worktree add` of the same repository. */
import { join } from "node:path";
import { loadConfig } from "../src/ground/config/load.ts";
import type { Ground } from "../src/ground/ground.ts";
import { parseTrackName, type TrackName } from "../src/ground/ids.ts";
import { startTrack } from "../src/grow/start.ts";
import { seedByHand } from "../src/verbs/by-hand.ts";
import { latestWorker } from "../src/worker/worker-store.ts";
import { compare, median, type Pair, started, timed } from "./measure.ts";
import { type BenchRow, metOrMissed } from "./row.ts";
import {
  benchEnv,
  endWorkers,
  git,
  inScratch,
  makeRepository,
  openBenchGround,
  until,
} from "./scene.ts";

const tracks = 8;
const rounds = 3;
const files = 1_500;
const limit = 1.25;

/** Settings with an agent that is at once at work and does nothing. */
const settings = '[agents.quiet]\ncommand = ["sleep", "600"]\n';

interface Start {
  /** The time to cut and set up a track, against a raw worktree. */
  readonly cut: Pair;
  /** The time from there until the agent runs under its supervisor. */
  readonly supervisorMs: number;
}

export async function run(): Promise<readonly BenchRow[]> {
  const measured: Start[] = [];
  for (let round = 0; round < rounds; round += 1) measured.push(...(await inScratch(oneRound)));
  const { ratio, ours, theirs } = compare(measured.map(({ cut }) => cut));
  const supervisor = median(measured.map(({ supervisorMs }) => supervisorMs));
  return [
    {
      name: `starting ${tracks} tracks against ${tracks} raw \`git worktree add\` (${files} files): branch, worktree and setup`,
      figure: `${ratio.toFixed(2)} (${ours.toFixed(0)} ms against ${theirs.toFixed(0)} ms each)`,
      goal: `≤ ${limit}, plus the supervisor's start`,
      verdict: metOrMissed(ratio <= limit),
    },
    {
      name: "the supervisor's start: from a worktree that is ready to an agent that runs",
      figure: `${supervisor.toFixed(0)} ms a track, in the background`,
      verdict: "shown",
    },
  ];
}

async function oneRound(scratch: string): Promise<readonly Start[]> {
  const top = makeRepository(join(scratch, "repo"), { files, named: { "pleach.toml": settings } });
  const ground = await openBenchGround(top, benchEnv(scratch));
  try {
    const starts: Start[] = [];
    // There is one pair more than counts: the first of each way makes folders and warms caches.
    for (let at = 0; at <= tracks; at += 1) {
      const theirs = await rawWorktree(ground, join(scratch, "raw", `t${at}`), `raw/t${at}`);
      const { cutMs, supervisorMs } = await startOne(ground, parseTrackName(`t${at}`));
      starts.push({ cut: { ours: cutMs, theirs }, supervisorMs });
    }
    return starts.slice(1);
  } finally {
    await endWorkers(ground);
    ground.store.close();
  }
}

async function rawWorktree(ground: Ground, folder: string, branch: string): Promise<number> {
  const base = git(ground.repo.mainTop, "rev-parse", "main");
  const add = ["git", "worktree", "add", "--no-track", "-b", branch, folder, base] as const;
  return await timed(async () => {
    await started(ground.repo.mainTop, { ...ground.env }, [...add]);
  });
}

/** Starts a track and waits for its agent, so that nothing of it runs into the next measurement. */
async function startOne(plain: Ground, name: TrackName) {
  let readyAt = Number.NaN;
  const fault = (point: string): void => {
    if (point === "start:provision:result") readyAt = performance.now();
  };
  const ground: Ground = { ...plain, fault };
  const config = await loadConfig(ground);
  const asked = { prompt: "Wait", tasks: [], agent: "quiet", base: undefined };
  const seed = await seedByHand(ground, config, { name, ...asked });
  const beganAt = performance.now();
  const outcome = await startTrack(ground, config, seed);
  if (outcome.kind === "failed") throw new Error(outcome.reason);
  await until(`${name} works`, () => latestWorker(ground.store, name)?.at.state === "working");
  return { cutMs: readyAt - beganAt, supervisorMs: performance.now() - readyAt };
}
