/**
 * Measures the cost of watching: the CPU time of `pleach run` and its supervisors while no agent
 * says a word.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Ground } from "../src/ground/ground.ts";
import { openWorkers } from "../src/worker/worker-store.ts";
import { type BenchRow, metOrMissed } from "./row.ts";
import {
  benchEnv,
  endWorkers,
  inScratch,
  launcher,
  makeRepository,
  openBenchGround,
  until,
} from "./scene.ts";

const workers = 8;
const settleMs = 10_000;
/** The measured time: long enough for two renewals of every worker's lease. */
const measuredMs = 45_000;
const limitPercent = 1;

const name = `CPU of \`pleach run\` and its ${workers} supervisors while ${workers} agents say nothing`;

export async function run(): Promise<readonly BenchRow[]> {
  if (process.platform !== "linux") {
    return [{ name, figure: "needs /proc, and this is not Linux", verdict: "skipped" }];
  }
  const { run: orchestrator, supervisors } = await inScratch(measure);
  const together = orchestrator + supervisors;
  return [
    {
      name,
      figure: `${together.toFixed(2)} % of one core (run ${orchestrator.toFixed(2)}, supervisors ${supervisors.toFixed(2)}) over ${measuredMs / 1_000} s`,
      goal: `≤ ${limitPercent} % together`,
      verdict: metOrMissed(together <= limitPercent),
    },
  ];
}

/** @returns percents of one core */
async function measure(scratch: string): Promise<{ run: number; supervisors: number }> {
  const tasks = Array.from(
    { length: workers },
    (_, at) => `- [ ] Task ${at}  id:T${at} touches:src/part-${at}/**\n`,
  );
  const named = {
    "TASKS.md": tasks.join(""),
    "pleach.toml": 'agent = "quiet"\n[agents.quiet]\ncommand = ["sleep", "600"]\n',
  };
  const top = makeRepository(join(scratch, "repo"), { files: 200, named });
  const env = benchEnv(scratch);
  const ground = await openBenchGround(top, env);
  const log = openSync(join(scratch, "run.log"), "a");
  const argv = [launcher, "run", "--yes", "--offline", "--no-land", "-k", String(workers)];
  const orchestrator = spawn(process.execPath, argv, {
    cwd: top,
    env,
    stdio: ["ignore", log, log],
  });
  const ended = once(orchestrator, "exit");
  try {
    await until(`${workers} agents at work`, () => supervisorsOf(ground).length === workers);
    await passing(settleMs);
    const { pid } = orchestrator;
    if (pid === undefined || orchestrator.exitCode !== null) {
      throw new Error(`pleach run has ended: ${readFileSync(join(scratch, "run.log"), "utf8")}`);
    }
    const supervisors = supervisorsOf(ground);
    const before = { at: performance.now(), run: cpuMs([pid]), supervisors: cpuMs(supervisors) };
    await passing(measuredMs);
    const passedMs = performance.now() - before.at;
    const percent = (from: number, to: number): number => ((to - from) / passedMs) * 100;
    return {
      run: percent(before.run, cpuMs([pid])),
      supervisors: percent(before.supervisors, cpuMs(supervisors)),
    };
  } finally {
    orchestrator.kill("SIGINT");
    await ended;
    await endWorkers(ground);
    ground.store.close();
    closeSync(log);
  }
}

/** Lists the pids of the supervisors whose agent runs. */
function supervisorsOf({ store }: Ground): readonly number[] {
  return openWorkers(store).flatMap(({ at, supervisor }) =>
    at.state === "working" && supervisor !== null ? [supervisor.pid] : [],
  );
}

/**
 * Adds up the user and system time so far of processes and of the children they have waited for.
 */
function cpuMs(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The fields from the third on (proc(5)); utime, stime, cutime and cstime are the 14th to 17th.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  });
  return (ticks.reduce((sum, one) => sum + one, 0) * 1_000) / ticksPerSecond();
}

const ticksPerSecond = (): number =>
  Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

const passing = async (ms: number): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, ms));
};
