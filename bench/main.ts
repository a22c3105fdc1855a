/**
 * `npm run bench` runs every benchmark, prints their rows and writes docs/benchmarks.md;
 * `npm run bench -- NAME…` runs those named and writes nothing. Exit code 1 when a goal is missed.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { arch, cpus, loadavg, platform, totalmem } from "node:os";
import { join } from "node:path";
import { run as heard } from "./heard.ts";
import { run as land } from "./land.ts";
import { run as plan } from "./plan.ts";
import { run as queue } from "./queue.ts";
import { run as quiet } from "./quiet.ts";
import { run as radar } from "./radar.ts";
import type { BenchRow } from "./row.ts";
import { run as start } from "./start.ts";
import { run as terminal } from "./terminal.ts";
import { run as version } from "./version.ts";

const benchmarks = new Map<string, () => Promise<readonly BenchRow[]>>([
  ["version", version],
  ["start", start],
  ["plan", plan],
  ["land", land],
  ["queue", queue],
  ["radar", radar],
  ["heard", heard],
  ["quiet", quiet],
  ["terminal", terminal],
]);

const words: Record<BenchRow["verdict"], string> = {
  met: "yes",
  missed: "**no**",
  shown: "–",
  skipped: "skipped",
};

const named = process.argv.slice(2);
const unknown = named.filter((name) => !benchmarks.has(name));
if (unknown.length > 0) {
  process.stderr.write(`error: there is no benchmark ${unknown.join(", ")}\n`);
  process.stderr.write(`hint: there are ${[...benchmarks.keys()].join(", ")}\n`);
  process.exit(2);
}

const machine = describeMachine();
const rows: BenchRow[] = [];
for (const [name, run] of benchmarks) {
  if (named.length > 0 && !named.includes(name)) continue;
  process.stderr.write(`${name} …\n`);
  for (const row of await run()) {
    rows.push(row);
    const goal = row.goal === undefined ? "" : ` (goal ${row.goal})`;
    process.stdout.write(`${row.verdict.padEnd(8)}${row.name}: ${row.figure}${goal}\n`);
  }
}
if (named.length === 0) {
  writeFileSync(join(import.meta.dirname, "../docs/benchmarks.md"), page(rows));
}
process.exitCode = rows.some(({ verdict }) => verdict === "missed") ? 1 : 0;

/**
 * Describes the machine's class in words: no names, no paths. The load is told, as ratios bear it
 * better than times.
 */
function describeMachine(): string {
  const cores = cpus().length;
  const memory = Math.round(totalmem() / 2 ** 30);
  const [load = 0] = loadavg();
  const busy = platform() === "win32" ? "" : `; load average ${load.toFixed(1)} when it began`;
  return `${platform()} on ${arch()}, ${cores} cores, ${memory} GB of memory${busy}`;
}

function page(rows: readonly BenchRow[]): string {
  const manifest: unknown = JSON.parse(
    readFileSync(join(import.meta.dirname, "../package.json"), "utf8"),
  );
  const pleach = String(Reflect.get(Object(manifest), "version"));
  const git = execFileSync("git", ["version"], { encoding: "utf8" }).trim();
  const table = rows.map(
    ({ name, figure, goal, verdict }) =>
      `| ${name} | ${figure} | ${goal ?? "–"} | ${words[verdict]} |`,
  );
  return `# Benchmarks

Written by \`npm run bench\`, which measures anew; edit nothing here. Ratios are of the same run, the two ways taking
turns, medians of several rounds: they say more than the times beside them, which are this machine's.

${new Date().toISOString().slice(0, 10)}, pleach ${pleach}, Node ${process.versions.node}, ${git}, ${machine}.

| what | figure | goal | met |
|---|---|---|---|
${table.join("\n")}

How each is measured is said at the top of its file in \`bench/\`.
`;
}
