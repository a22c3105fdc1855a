/** Measures on a machine that does other things as well: pairs, interleaved, and their medians. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { ExactEnv } from "../src/ground/proc/run.ts";

/** The milliseconds of the two ways, one pair a round. */
export interface Pair {
  readonly ours: number;
  readonly theirs: number;
}

/** Runs theirs, ours, theirs, ours, …: other work of the machine meets both alike. */
export async function interleaved(
  rounds: number,
  ways: { readonly ours: () => Promise<number>; readonly theirs: () => Promise<number> },
): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const theirs = await ways.theirs();
    pairs.push({ theirs, ours: await ways.ours() });
  }
  return pairs;
}

/** Returns the median of the rounds' ratios, and the medians of both ways. */
export function compare(pairs: readonly Pair[]): Pair & { readonly ratio: number } {
  return {
    ours: median(pairs.map(({ ours }) => ours)),
    theirs: median(pairs.map(({ theirs }) => theirs)),
    ratio: median(pairs.map(({ ours, theirs }) => ours / theirs)),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (upper + lower) / 2;
}

export async function timed(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
}

/** Runs a program without a shell, as a script on Node would; @returns its output, trimmed. */
export async function started(
  cwd: string,
  env: ExactEnv,
  argv: readonly [string, ...string[]],
): Promise<string> {
  const [program, ...args] = argv;
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  let complained = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    complained += chunk.toString();
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${argv.join(" ")}: exit code ${code}: ${complained}`);
  return said.trim();
}
