/**
 * Replays real history through the merge queue: later commits of any repository, each on a branch
 * of its own from one base, all ready at once. The outcome of each is held against plain git.
 *
 *     npm run replay:queue -- --repo ../some-clone --seed 1 --tracks 48 --parallel 4
 *
 * The repository is only read. The exit code is 0 only if everything is as it has to be.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadConfig } from "../../src/ground/config/load.ts";
import { noFault } from "../../src/ground/fault.ts";
import { openGround } from "../../src/ground/ground.ts";
import { asTaskId, parseSha, parseTrackName } from "../../src/ground/ids.ts";
import { recordTrack } from "../../src/track/track-store.ts";
import { seedByHand } from "../../src/verbs/by-hand.ts";
import type { ReplayTask } from "./choose.ts";
import { type Dice, diceOf } from "./dice.ts";
import { applyOn, gitIn } from "./git.ts";
import { type Candidate, readHistory } from "./history.ts";
import { type Landing, type Played, type QueuedTrack, verdictOf } from "./queue-verdict.ts";
import { cloneInto, type Scene, setScene } from "./scene.ts";

const { values } = parseArgs({
  options: {
    repo: { type: "string" },
    seed: { type: "string", default: "1" },
    tracks: { type: "string", default: "48" },
    parallel: { type: "string", default: "4" },
    keep: { type: "boolean", default: false },
  },
});
if (values.repo === undefined) throw new Error("--repo names the repository to replay");
const [seed, count, parallel] = [values.seed, values.tracks, values.parallel].map(Number);
if (![seed, count, parallel].every((number) => Number.isInteger(number) && Number(number) > 0)) {
  throw new Error("--seed, --tracks and --parallel are whole numbers");
}

/** The number of tracks that get a file which does not parse: the gate finds it. */
const broken = 2;
/** The number of pairs that conflict, if there are so many. */
const collisions = 4;
const launcher = join(import.meta.dirname, "../../bin/pleach.js");
const limitMs = 30 * 60_000;

const scene = cloneInto(values.repo);
const dice = diceOf(Number(seed));
const history = readHistory(scene.git, scene.head, dice);
const tasks = choose(scene, history, Number(count), dice);
const files = scene.git.fields("ls-tree", "-r", "--name-only", "-z", history.base).length;
const start = setScene(
  scene,
  history.base,
  { tasks, finalTree: "", collision: ["", ""] },
  Number(parallel),
);
const user = { XDG_CONFIG_HOME: join(scene.scratch, "user"), XDG_STATE_HOME: join(scene.scratch) };
const tracks = await makeReady(scene, tasks);
const played = land(scene, tracks);
const { lines, holds } = verdictOf(scene, { start, base: history.base, ...played });
console.log(
  `queue of ${values.repo}, seed ${seed}: base ${history.base.slice(0, 10)}, ${history.back} commits back, ${files} files, ${parallel} gates at once`,
);
for (const line of lines) console.log(line);
if (holds && !values.keep) {
  rmSync(scene.scratch, { recursive: true, force: true, maxRetries: 3 });
} else console.log(`\nleft to look at: ${scene.scratch}`);
process.exitCode = holds ? 0 : 1;

/**
 * Chooses later commits that can be work of their own: each applies on the base. Some come with a
 * later commit that was made on top of them, and so collides with them.
 */
function choose(
  { git }: Scene,
  { base, candidates }: ReturnType<typeof readHistory>,
  most: number,
  roll: Dice,
): readonly ReplayTask[] {
  const baseTree = git.text("rev-parse", `${base}^{tree}`);
  const trees = new Map(candidates.map(({ sha }) => [sha, applyOn(git, baseTree, sha)]));
  const able = roll
    .shuffle(candidates)
    .filter(({ sha }) => ![undefined, baseTree].includes(trees.get(sha)));
  const later = candidates.filter(({ sha }) => trees.get(sha) === undefined);
  const share = (one: Candidate, other: Candidate): boolean =>
    one.paths.some((path) => other.paths.includes(path));
  const colliding = able
    .flatMap((one) => {
      const other = later.find((two) => share(one, two));
      return other === undefined ? [] : [[one, other]];
    })
    .slice(0, collisions);
  const fitting = [...new Set([...colliding.flat(), ...able])].slice(0, most);
  if (fitting.length < most) throw new Error(`only ${fitting.length} commits apply on ${base}`);
  const chosen = candidates.filter((one) => fitting.includes(one));
  const breakable = roll
    .shuffle(chosen)
    .filter(({ removes, paths }) => !removes && paths.some((path) => /\.[cm]?js$/.test(path)))
    .slice(0, broken);
  return chosen.map((one, index) => ({
    ...one,
    ...{ id: `T${index + 1}`, declared: false, after: [], priority: 0, minutes: 15, workMs: 0 },
    ...(breakable.includes(one)
      ? { defect: one.paths.find((path) => /\.[cm]?js$/.test(path)) ?? "" }
      : {}),
  }));
}

/** Makes a worktree and a branch for each commit, picked onto the base, and records it as ready. */
async function makeReady(
  { git, scratch }: Scene,
  chosen: readonly ReplayTask[],
): Promise<readonly QueuedTrack[]> {
  const env = { ...process.env, ...user } as Record<string, string>;
  const pleach = [process.execPath, launcher] as const;
  const ground = await openGround({ folder: git.folder, env, pleach, fault: noFault });
  const config = await loadConfig(ground);
  const ready: QueuedTrack[] = [];
  for (const task of chosen) {
    const name = parseTrackName(task.id.toLowerCase());
    const folder = join(scratch, `repo.trees/${name}`);
    git.text("worktree", "add", "--quiet", "--no-track", "-b", `work/${name}`, folder, "main");
    const here = gitIn(folder);
    // A commit made on top of another is picked as its worker would have made it without that.
    if (here.find("cherry-pick", task.sha) === undefined) {
      here.text("cherry-pick", "--abort");
      here.text("cherry-pick", "-X", "theirs", task.sha);
    }
    if (task.defect !== undefined && existsSync(join(folder, task.defect))) {
      const file = join(folder, task.defect);
      writeFileSync(file, `${readFileSync(file, "utf8")}\n<<<<<<< a defect for the gate\n`);
      here.text("commit", "--quiet", "--all", "--amend", "--no-edit", "--no-verify");
    }
    const asked = { prompt: undefined, tasks: [asTaskId(task.id)], agent: "replay" };
    const planned = await seedByHand(ground, config, { name, ...asked, base: undefined });
    recordTrack(ground, name, { type: "track.planned", seed: planned });
    recordTrack(ground, name, { type: "track.provisioning" });
    recordTrack(ground, name, { type: "track.started" });
    const tip = parseSha(here.text("rev-parse", "HEAD"));
    recordTrack(ground, name, { type: "track.ready", tip });
    ready.push({ name, task, tip });
  }
  ground.store.close();
  return ready;
}

/** Runs `pleach land` as a person does. */
function land({ git, scratch }: Scene, ready: readonly QueuedTrack[]): Played {
  const pleach = (...args: readonly string[]) =>
    spawnSync(process.execPath, [launcher, ...args], {
      ...{ cwd: git.folder, encoding: "utf8", timeout: limitMs, maxBuffer: 256 * 1024 * 1024 },
      env: { ...process.env, ...user },
    });
  const began = performance.now();
  const { stdout, stderr } = pleach("land", "--yes", "--json", ...ready.map(({ name }) => name));
  const seconds = (performance.now() - began) / 1_000;
  writeFileSync(join(scratch, "land.json"), stdout);
  if (!stdout.startsWith("{")) throw new Error(`pleach land said: ${stdout}${stderr}`);
  const { landings } = JSON.parse(stdout) as { landings: readonly Landing[] };
  const journal = pleach("events").stdout.split("\n");
  const events = journal.filter((line) => line !== "").map((line) => JSON.parse(line));
  return { tracks: ready, landings, events, seconds };
}
