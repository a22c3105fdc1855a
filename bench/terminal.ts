/**
 * Measures the cost of owning an agent's terminal: a key's way to a program and back, with the
 * supervisor's terminal between (scanner, mirror and transcript on) and without, in turns; 50 MB of
 * output through both; and the memory and quiet CPU of whole supervisors.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadPty, startPty } from "../src/ground/proc/pty.ts";
import type { Argv } from "../src/ground/proc/run.ts";
import { openWorkers } from "../src/worker/worker-store.ts";
import { compare, interleaved, median, started } from "./measure.ts";
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

const size = { columns: 120, rows: 40 };
const keys = 300;
const rounds = 3;
const bytes = 50_000_000;
const addedLimitMs = 2;
const workers = 3;
const measuredMs = 30_000;
const memoryLimitMb = 80;
const cpuLimitPercent = 0.2;

export async function run(): Promise<readonly BenchRow[]> {
  const module = await loadPty();
  if (module.kind === "no-pty" || process.platform !== "linux") {
    const figure = module.kind === "no-pty" ? module.why : "needs /proc, and this is not Linux";
    return [{ name: "An agent's terminal", figure, verdict: "skipped" }];
  }
  return [
    ...(await inScratch(latency)),
    await inScratch(throughput),
    ...(await inScratch(supervisors)),
  ];
}

const through = (scratch: string, argv: Argv): Argv => [
  process.execPath,
  join(import.meta.dirname, "terminal-proxy.ts"),
  scratch,
  ...argv,
];

async function latency(scratch: string): Promise<readonly BenchRow[]> {
  const echo: Argv = [process.execPath, join(import.meta.dirname, "terminal-echo.ts")];
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    theirs.push(...(await roundTrips(scratch, echo)));
    ours.push(...(await roundTrips(scratch, through(scratch, echo))));
  }
  const row = (part: number, name: string): BenchRow => {
    const [with_, without] = [quantile(ours, part), quantile(theirs, part)];
    const added = with_ - without;
    const figure = `${added.toFixed(2)} ms more (${with_.toFixed(2)} against ${without.toFixed(2)} ms)`;
    const what = `A key to an agent's terminal and back, ${name}`;
    if (part !== 0.5) return { name: what, figure, verdict: "shown" };
    return {
      name: what,
      figure,
      goal: `< ${addedLimitMs} ms more`,
      verdict: metOrMissed(added < addedLimitMs),
    };
  };
  return [row(0.5, "median"), row(0.99, "99 of 100")];
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

async function open(scratch: string, argv: Argv) {
  const start = await startPty(argv, { cwd: scratch, env: benchEnv(scratch), size });
  if (start.kind !== "started") throw new Error(start.why);
  return start.pty;
}

async function roundTrips(scratch: string, argv: Argv): Promise<readonly number[]> {
  const pty = await open(scratch, argv);
  let seen = "";
  let next = Promise.withResolvers<void>();
  pty.onData((data) => {
    seen += data.toString("latin1");
    next.resolve();
  });
  const shown = async (text: string): Promise<void> => {
    while (!seen.includes(text)) {
      next = Promise.withResolvers<void>();
      await next.promise;
    }
    seen = "";
  };
  await shown("ready");
  const times: number[] = [];
  for (let key = 0; key < keys; key += 1) {
    const char = String.fromCharCode(97 + (key % 26));
    const startedAt = performance.now();
    pty.write(char);
    await shown(char);
    times.push(performance.now() - startedAt);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  process.kill(pty.process.pid, "SIGKILL");
  await pty.ended;
  return times;
}

async function throughput(scratch: string): Promise<BenchRow> {
  const line =
    "\\033[32mok\\033[0m a line of output as agents and their tests print it, 80 wide .....";
  const argv: Argv = ["sh", "-c", `yes "$(printf '${line}')" | head -c ${bytes}`];
  const read = async (way: Argv): Promise<number> => {
    const startedAt = performance.now();
    const pty = await open(scratch, way);
    pty.onData(() => undefined);
    await pty.ended;
    return performance.now() - startedAt;
  };
  const { ours, theirs } = compare(
    await interleaved(rounds, {
      ours: async () => await read(through(scratch, argv)),
      theirs: async () => await read(argv),
    }),
  );
  const rate = (ms: number): string => (bytes / 1_000 / ms).toFixed(0);
  return {
    name: "50 MB of output through an agent's terminal",
    figure: `${rate(ours)} MB/s (${(ours / 1_000).toFixed(1)} s), without a supervisor ${rate(theirs)} MB/s`,
    verdict: "shown",
  };
}

async function supervisors(scratch: string): Promise<readonly BenchRow[]> {
  const named = {
    "pleach.toml":
      'agent = "quiet"\n[agents.quiet]\nmode = "terminal"\ncommand = ["sh", "-c", "ls -la / ; exec sleep 600"]\n',
  };
  const top = makeRepository(join(scratch, "repo"), { files: 200, named });
  const env = benchEnv(scratch);
  const ground = await openBenchGround(top, env);
  try {
    for (let at = 0; at < workers; at += 1) {
      await started(top, env, [
        process.execPath,
        launcher,
        "start",
        `t${at}`,
        "-p",
        "x",
        "--yes",
        "--host",
        "headless",
      ]);
    }
    const pids = () =>
      openWorkers(ground.store).flatMap(({ socket, supervisor }) =>
        socket !== undefined && supervisor !== null ? [supervisor.pid] : [],
      );
    await until(`${workers} agents in a terminal`, () => pids().length === workers);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    const before = pids().map(cpuMs);
    const startedAt = performance.now();
    await new Promise((resolve) => setTimeout(resolve, measuredMs));
    const passed = performance.now() - startedAt;
    const percents = pids().map((pid, at) => ((cpuMs(pid) - (before[at] ?? 0)) / passed) * 100);
    const cpu = percents.reduce((sum, one) => sum + one, 0) / percents.length;
    const memory = median(pids().map(residentMb));
    return [
      {
        name: "Memory of a supervisor with a terminal and its mirror",
        figure: `${memory.toFixed(0)} MB`,
        goal: `≤ ${memoryLimitMb} MB`,
        verdict: metOrMissed(memory <= memoryLimitMb),
      },
      {
        name: "CPU of a supervisor with a terminal whose agent says nothing",
        figure: `${cpu.toFixed(2)} % of one core`,
        goal: `≤ ${cpuLimitPercent} %`,
        verdict: metOrMissed(cpu <= cpuLimitPercent),
      },
    ];
  } finally {
    await endWorkers(ground);
    ground.store.close();
  }
}

/** Returns the CPU time of a process so far (proc(5)), in milliseconds. */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function residentMb(pid: number): number {
  const [, kb] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kb) / 1_024;
}
