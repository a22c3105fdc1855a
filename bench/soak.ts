/**
 * `npm run soak -- --tasks N`: one `pleach run` over many tasks of one line, by quick agents. All
 * tasks land, a landing takes as long at the end as at the beginning, the memory of the run stays
 * small, and loose objects are packed. Exit code 1 when a goal is missed.
 */
import { execFileSync, spawn } from "node:child_process";
import { createWriteStream, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { median } from "./measure.ts";
import { type BenchRow, metOrMissed } from "./row.ts";
import { benchEnv, git, inScratch, launcher, makeRepository } from "./scene.ts";

const mostMegabytes = 150;
/**
 * How much longer than at the beginning a landing may take at the end: others use the machine as
 * well.
 */
const mostSlower = 1.5;
const mostLoose = 2_000;
const sampleMs = 1_000;

const options = {
  tasks: { type: "string", default: "200" },
  workers: { type: "string", default: "4" },
} as const;

interface Soaked {
  /** The times of the landings, in milliseconds since the start. */
  readonly landings: readonly number[];
  /** The memory of the run, in megabytes, once a second. */
  readonly memory: readonly number[];
  readonly exitCode: number | null;
  readonly loose: number;
  readonly ticked: number;
}

const { values } = parseArgs({ options });
const tasks = Number(values.tasks);
const soaked = await inScratch(async (scratch) => await soak(scratch, tasks, values.workers));
const rows = rowsOf(soaked, tasks);
for (const { name, figure, goal, verdict } of rows) {
  process.stdout.write(`${verdict.padEnd(8)}${name}: ${figure} (goal ${goal})\n`);
}
process.exitCode = rows.some(({ verdict }) => verdict === "missed") ? 1 : 0;

async function soak(scratch: string, many: number, workers: string): Promise<Soaked> {
  const lines = Array.from({ length: many }, (_, at) => taskLine(at + 1));
  const agent = join(scratch, "agent.sh");
  const named = { "TASKS.md": `${lines.join("\n")}\n`, "pleach.toml": configuration(agent) };
  const top = makeRepository(join(scratch, "repo"), { files: 50, named });
  writeFileSync(
    agent,
    'mkdir -p "$PLEACH_TRACK"; date > "$PLEACH_TRACK/made"; git add -A; git commit -qm Made\n',
  );
  const argv = [launcher, "run", "--yes", "--offline", "--json", "-k", workers];
  const run = spawn(process.execPath, argv, {
    cwd: top,
    env: benchEnv(scratch),
    stdio: ["ignore", "pipe", "pipe"],
  });
  run.stderr.pipe(createWriteStream(join(scratch, "said")));
  const began = performance.now();
  const [landings, memory]: [number[], number[]] = [[], []];
  const sampling = setInterval(() => memory.push(...megabytesOf(run.pid)), sampleMs);
  const ended = new Promise<number | null>((resolve) => run.once("close", resolve));
  for await (const line of createInterface({ input: run.stdout })) {
    if ((JSON.parse(line) as { readonly type?: string }).type !== "track.landed") continue;
    landings.push(performance.now() - began);
    if (landings.length % 25 === 0) process.stderr.write(progress(landings, memory));
  }
  clearInterval(sampling);
  const exitCode = await ended;
  if (exitCode !== 0) process.stderr.write(readFileSync(join(scratch, "said"), "utf8"));
  const [, loose = "0"] = /^count: (\d+)$/m.exec(git(top, "count-objects", "-v")) ?? [];
  const ticked = readFileSync(join(top, "TASKS.md"), "utf8").split("- [x] ").length - 1;
  return { landings, memory, exitCode, loose: Number(loose), ticked };
}

function taskLine(number: number): string {
  return `- [ ] Make part ${number}  id:T${number} touches:part-${number}/**`;
}

function configuration(agent: string): string {
  return `agent = "quick"
host = "headless"
[land]
gate = "true"
[agents.quick]
command = ["sh", "${agent}", "{prompt_file}"]
`;
}

function progress(landings: readonly number[], memory: readonly number[]): string {
  const seconds = ((landings.at(-1) ?? 0) / 1_000).toFixed(0);
  return `${landings.length} landed after ${seconds} s, ${memory.at(-1)?.toFixed(0)} MB\n`;
}

function megabytesOf(pid: number | undefined): readonly number[] {
  try {
    const said = execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" });
    return [Number(said) / 1_024];
  } catch {
    // The run has just ended.
    return [];
  }
}

function rowsOf(
  { landings, memory, exitCode, loose, ticked }: Soaked,
  many: number,
): readonly BenchRow[] {
  const gaps = landings.map((at, index) => at - (landings[index - 1] ?? 0)).slice(1);
  const quarter = Math.max(1, Math.floor(gaps.length / 4));
  const mean = (some: readonly number[]): number =>
    some.reduce((sum, one) => sum + one, 0) / Math.max(1, some.length) / 1_000;
  const [first, last] = [mean(gaps.slice(0, quarter)), mean(gaps.slice(-quarter))];
  const peak = Math.max(...memory);
  const early = median(memory.slice(0, Math.ceil(memory.length / 4)));
  const late = median(memory.slice(-Math.ceil(memory.length / 4)));
  const all = `${landings.length} of ${many}, ${ticked} ticked, exit code ${exitCode}`;
  const isAll = landings.length === many && ticked === many && exitCode === 0;
  const row = (name: string, figure: string, goal: string, met: boolean): BenchRow => ({
    ...{ name, figure, goal, verdict: metOrMissed(met) },
  });
  return [
    row("landed in one run", all, `all ${many}`, isAll),
    row(
      "time from one landing to the next",
      `${first.toFixed(2)} s in the first quarter, ${last.toFixed(2)} s in the last`,
      `at most ${mostSlower} times as long`,
      last <= mostSlower * first,
    ),
    row(
      "memory of the run",
      `${early.toFixed(0)} MB in the first quarter, ${late.toFixed(0)} MB in the last, at most ${peak.toFixed(0)} MB`,
      `≤ ${mostMegabytes} MB`,
      peak <= mostMegabytes,
    ),
    row("loose objects at the end", String(loose), `≤ ${mostLoose}`, loose <= mostLoose),
  ];
}
