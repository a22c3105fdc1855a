/**
 * Measures the time from the moment a program tells something to the moment another process reads
 * the new state from the store: by OSC 7501 in a terminal of its supervisor, and by a hook,
 * including its shell. The program stamps each message with its own clock.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Ground } from "../src/ground/ground.ts";

import { waitForChange } from "../src/ground/store/watch.ts";
import { median } from "./measure.ts";
import { type BenchRow, metOrMissed } from "./row.ts";
import {
  benchEnv,
  endWorkers,
  inScratch,
  launcher,
  makeRepository,
  openBenchGround,
} from "./scene.ts";

const rounds = 60;
const limitMs = 100;

/**
 * A program that is blocked and working in turns, each with the time; every second pair goes by a
 * hook.
 */
const teller = `
import { execFileSync } from "node:child_process";
import { join } from "node:path";
const [script, folder] = process.argv.slice(2);
const { PLEACH_WORKER: worker } = process.env;
const status = (words) => process.stdout.write("\\x1b]7501;" + words + "\\x07");
const stamp = () => Buffer.from("at " + Date.now()).toString("base64");
const hook = (event, payload) =>
  execFileSync("sh", [script, event, worker, folder, process.cwd()], { input: JSON.stringify(payload) });
const pause = () => new Promise((resolve) => setTimeout(resolve, 40));
for (let round = 0; round < ${rounds}; round += 1) {
  status("state=blocked:kind=permission:msg=" + stamp());
  await pause();
  status("state=working");
  await pause();
  hook("PermissionRequest", { tool_name: "Bash", tool_input: { command: "at " + Date.now() } });
  await pause();
  hook("PostToolUse", { tool_name: "Bash", tool_input: {} });
  await pause();
}
status("state=done");
setInterval(() => {}, 60_000);
`;

export async function run(): Promise<readonly BenchRow[]> {
  const found = await inScratch(measure);
  return [
    row("program status (OSC 7501) to recorded state, seen by another process", found.program),
    row("hook to recorded signal, its shell included, seen by another process", found.hook),
  ];
}

function row(name: string, delays: readonly number[]): BenchRow {
  const sorted = delays.toSorted((a, b) => a - b);
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
  const middle = median(delays);
  return {
    name,
    figure: `median ${middle.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms of ${delays.length}`,
    goal: `median ≤ ${limitMs} ms`,
    verdict: metOrMissed(middle <= limitMs),
  };
}

interface Delays {
  readonly program: readonly number[];
  readonly hook: readonly number[];
}

async function measure(scratch: string): Promise<Delays> {
  const program = join(scratch, "teller.mjs");
  writeFileSync(program, teller);
  const top = join(scratch, "repo");
  const folder = join(top, ".git/pleach/tracks/told");
  const argv = [process.execPath, program, join(launcher, "../hook.sh"), folder];
  const toml = `agent = "teller"\n[agents.teller]\nmode = "terminal"\ncommand = ${JSON.stringify(argv)}\n`;
  makeRepository(top, { files: 10, named: { "pleach.toml": toml } });
  const env = benchEnv(scratch);
  const ground = await openBenchGround(top, env);
  const start = [launcher, "start", "told", "-p", "tell", "--host", "headless", "--yes"];
  try {
    const heard = listen(ground);
    execFileSync(process.execPath, start, { cwd: top, env, stdio: "ignore" });
    return await heard;
  } finally {
    await endWorkers(ground);
    ground.store.close();
  }
}

/** Reads the journal as a dashboard does, until the program is done. */
async function listen(ground: Ground): Promise<Delays> {
  const delays = { program: [] as number[], hook: [] as number[] };
  const { store, clock } = ground;
  const limit = clock.monotonic() + 120_000;
  for (let after = 0; clock.monotonic() < limit; ) {
    const since = store.version();
    const events = store.events(after);
    const now = Date.now();
    for (const event of events) {
      after = event.seq;
      if (event.type !== "worker.signalled") continue;
      const { said } = event;
      const [, at] = /\bat (\d{13})\b/.exec(said.detail ?? "") ?? [];
      if (at !== undefined) delays[said.source as keyof Delays].push(now - Number(at));
      if (said.source === "program" && said.says === "turn-ended") return delays;
    }
    await waitForChange(store, clock, {
      since,
      limitMs: 1_000,
      signal: new AbortController().signal,
    });
  }
  throw new Error("the program told nothing for two minutes");
}
