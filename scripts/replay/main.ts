/**
 * Replays real history through `pleach run`: later commits of any repository become a backlog, a
 * scripted agent does them as its work, and the end is held against git's own result.
 *
 *     npm run replay -- --repo ../some-clone --seed 1 --tasks 14 --workers 3
 *
 * The repository is only read. The exit code is 0 only if everything is as it has to be.
 */
import { rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { chooseTasks } from "./choose.ts";
import { diceOf } from "./dice.ts";
import { readHistory } from "./history.ts";
import { formatReport } from "./report.ts";
import { runPleach } from "./run.ts";
import { cloneInto, type Scene, setScene } from "./scene.ts";
import { fatesOf, judge } from "./verdict.ts";

const { values } = parseArgs({
  options: {
    repo: { type: "string" },
    seed: { type: "string", default: "1" },
    tasks: { type: "string", default: "14" },
    workers: { type: "string", default: "3" },
    // The most seconds an agent pretends to think.
    think: { type: "string", default: "5" },
    // How often to kill the run at a random moment, and to start it again.
    kills: { type: "string", default: "0" },
    keep: { type: "boolean", default: false },
  },
});
const { repo, keep } = values;
if (repo === undefined) throw new Error("--repo names the repository to replay");
const wanted = {
  seed: Number(values.seed),
  count: Number(values.tasks),
  workers: Number(values.workers),
  thinkMs: Number(values.think) * 1_000,
  kills: Number(values.kills),
};
if (!Object.values(wanted).every((number) => Number.isInteger(number) && number >= 0)) {
  throw new Error("--seed, --tasks, --workers, --think and --kills are whole numbers");
}

/** How often to roll for another stretch of history, when one has no two commits that collide. */
const maxRolls = 20;

const scene = cloneInto(repo);
const passed = replay(scene, wanted);
if (passed && !keep) rmSync(scene.scratch, { recursive: true, force: true, maxRetries: 3 });
else console.log(`\nleft to look at: ${scene.scratch}`);
process.exitCode = passed ? 0 : 1;

interface Wanted {
  readonly seed: number;
  readonly count: number;
  readonly workers: number;
  readonly thinkMs: number;
  readonly kills: number;
}

function replay(scene: Scene, { seed, count, workers, thinkMs, kills }: Wanted): boolean {
  const { git, head } = scene;
  const dice = diceOf(seed);
  for (let roll = 0; roll < maxRolls; roll += 1) {
    const history = readHistory(git, head, dice);
    const choice = chooseTasks(git, history, { count, thinkMs, dice });
    if (choice === undefined) continue;
    const files = git.fields("ls-tree", "-r", "--name-only", "-z", history.base).length;
    const start = setScene(scene, history.base, choice);
    const ran = runPleach(scene, { workers, kills, dice });
    const checks = judge(scene, { choice, start, ran });
    const title = `replay of ${repo}, seed ${seed}`;
    const fates = fatesOf(choice, ran);
    const told = { title, history, files, workers, choice, ran, fates, checks };
    for (const line of formatReport(told)) console.log(line);
    if (ran.said !== "") console.log(`\n${ran.said.trimEnd()}`);
    return checks.every(({ holds }) => holds);
  }
  throw new Error("this history has too few commits that fit; try fewer --tasks");
}
