/**
 * Measures the cost of landing beside the git commands it is made of, started one after the other
 * by a script.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../src/ground/config/config.ts";
import { loadConfig } from "../src/ground/config/load.ts";
import type { Ground } from "../src/ground/ground.ts";
import { asTaskId, parseSha, parseTrackName } from "../src/ground/ids.ts";
import type { ExactEnv } from "../src/ground/proc/run.ts";
import { landTrack } from "../src/land/queue/land-track.ts";
import { recordTrack } from "../src/track/track-store.ts";
import { seedByHand } from "../src/verbs/by-hand.ts";
import { compare, type Pair, started, timed } from "./measure.ts";
import { type BenchRow, metOrMissed } from "./row.ts";
import { benchEnv, git, inScratch, makeRepository, openBenchGround } from "./scene.ts";

const tracks = 8;
const rounds = 3;
const files = 500;
const limit = 1.5;

const settings = 'agent = "nobody"\n[land]\ngate = "true"\n[agents.nobody]\ncommand = ["true"]\n';

export async function run(): Promise<readonly BenchRow[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round < rounds; round += 1) pairs.push(...(await inScratch(oneRound)));
  const { ratio, ours, theirs } = compare(pairs);
  return [
    {
      name: `landing ${tracks} ready tracks with a trivial gate against the same git commands by hand (${files} files)`,
      figure: `${ratio.toFixed(2)} (${ours.toFixed(0)} ms against ${theirs.toFixed(0)} ms each)`,
      goal: `≤ ${limit}`,
      verdict: metOrMissed(ratio <= limit),
    },
  ];
}

/** Lands the same eight tracks in two repositories, in turns, one here and one there. */
async function oneRound(scratch: string): Promise<readonly Pair[]> {
  const env = benchEnv(scratch);
  const [hand, pleached] = [join(scratch, "hand"), join(scratch, "pleached")];
  prepare(hand);
  prepare(pleached);
  const ground = await openBenchGround(join(pleached, "repo"), env);
  try {
    const config = await loadConfig(ground);
    for (const at of numbers) await recordReady(ground, config, at);
    const pairs: Pair[] = [];
    for (const at of numbers) {
      const theirs = await timed(async () => await landByHand(hand, env, at));
      const ours = await timed(async () => {
        const { outcome, detail } = await landTrack(ground, config, parseTrackName(`t${at}`));
        if (outcome !== "landed") throw new Error(`track ${at}: ${outcome}: ${detail}`);
      });
      pairs.push({ ours, theirs });
    }
    if (treeOf(hand) !== treeOf(pleached)) throw new Error("the two ways led to two trees");
    return pairs;
  } finally {
    ground.store.close();
  }
}

const numbers: readonly number[] = Array.from({ length: tracks }, (_, at) => at + 1);
const treeOf = (folder: string): string => git(join(folder, "repo"), "rev-parse", "main^{tree}");
const worktreeOf = (folder: string, at: number): string => join(folder, `repo.trees/t${at}`);

/** Makes eight tracks with one commit each, and a worktree in which to put landings together. */
function prepare(folder: string): void {
  const tasks = numbers.map((at) => `- [ ] Task ${at}  id:T${at}\n`).join("");
  const named = { "TASKS.md": tasks, "pleach.toml": settings };
  const top = makeRepository(join(folder, "repo"), { files, named });
  for (const at of numbers) {
    const tree = worktreeOf(folder, at);
    git(top, "worktree", "add", "--quiet", "--no-track", "-b", `work/t${at}`, tree);
    writeFileSync(join(tree, `src/part-${at}/new.txt`), `new ${at}\n`);
    git(tree, "add", "--all");
    git(tree, "commit", "--quiet", "--message", `Work ${at}`);
  }
  git(top, "worktree", "add", "--quiet", "--detach", join(folder, "repo.trees/.integration-1"));
}

async function recordReady(ground: Ground, config: Config, at: number): Promise<void> {
  const name = parseTrackName(`t${at}`);
  const asked = { prompt: undefined, tasks: [asTaskId(`T${at}`)], agent: "nobody" };
  const seed = await seedByHand(ground, config, { name, ...asked, base: undefined });
  const tip = parseSha(git(ground.repo.mainTop, "rev-parse", `work/t${at}`));
  recordTrack(ground, name, { type: "track.planned", seed });
  recordTrack(ground, name, { type: "track.provisioning" });
  recordTrack(ground, name, { type: "track.started" });
  recordTrack(ground, name, { type: "track.ready", tip });
}

/**
 * Does the work of a careful script: checks that the track is clean and which commits it has,
 * rebases it apart, ticks, tests, checks that the test wrote nothing and that the checkout is free,
 * brings the checkout forward, swaps the ref.
 */
async function landByHand(folder: string, env: ExactEnv, at: number): Promise<void> {
  const top = join(folder, "repo");
  const apart = join(folder, "repo.trees/.integration-1");
  const tree = worktreeOf(folder, at);
  const run = async (cwd: string, ...argv: [string, ...string[]]): Promise<string> =>
    await started(cwd, env, argv);
  await run(tree, "git", "status", "--porcelain=v2", "-z", "--untracked-files=all");
  const tip = await run(tree, "git", "rev-parse", "HEAD");
  const old = await run(top, "git", "rev-parse", "main");
  await run(top, "git", "rev-list", "--parents", "--boundary", tip, "--not", old);
  await run(apart, "git", "status", "--porcelain=v2", "-z");
  await run(apart, "git", "rebase", "--quiet", "--merge", "--onto", old, old, tip);
  const tasks = join(apart, "TASKS.md");
  const text = readFileSync(tasks, "utf8");
  writeFileSync(tasks, text.replace(`- [ ] Task ${at} `, `- [x] Task ${at} `));
  const message = ["-m", `Tick T${at}`, "-m", `Pleach-Track: t${at}`];
  await run(apart, "git", "commit", "--quiet", ...message, "--", "TASKS.md");
  const fresh = await run(apart, "git", "rev-parse", "HEAD");
  await run(top, "git", "diff-tree", "-r", "-z", old, fresh);
  await run(apart, "sh", "-c", "true");
  await run(apart, "git", "status", "--porcelain=v2", "-z", "--untracked-files=no");
  await run(top, "git", "worktree", "list", "--porcelain", "-z");
  await run(top, "git", "status", "--porcelain=v2", "-z", "--untracked-files=no");
  await run(top, "git", "read-tree", "-m", "-u", old, fresh);
  await run(top, "git", "symbolic-ref", "--quiet", "HEAD");
  await run(top, "git", "update-ref", "refs/heads/main", fresh, old);
}
