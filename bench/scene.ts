/** Scratch repositories for the benchmarks, with no configuration of the person who runs them. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { noFault } from "../src/ground/fault.ts";
import { type Ground, openGround } from "../src/ground/ground.ts";
import type { ExactEnv } from "../src/ground/proc/run.ts";
import { endWorker } from "../src/grow/turn/end-worker.ts";
import { openWorkers } from "../src/worker/worker-store.ts";

export const launcher = join(import.meta.dirname, "../bin/pleach.js");

/**
 * Builds an environment with only the variables that programs need to be found, and no user's
 * configuration.
 */
export function benchEnv(scratch: string): ExactEnv {
  const kept = ["PATH", "HOME", "TMPDIR"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(kept),
    XDG_CONFIG_HOME: join(scratch, "config"),
    XDG_STATE_HOME: join(scratch, "state"),
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_AUTHOR_NAME: "Bench",
    GIT_AUTHOR_EMAIL: "bench@example.invalid",
    GIT_COMMITTER_NAME: "Bench",
    GIT_COMMITTER_EMAIL: "bench@example.invalid",
  };
}

export async function inScratch<Result>(act: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "pleach-bench-")));
  try {
    return await act(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

export function git(cwd: string, ...args: readonly string[]): string {
  const env = benchEnv(cwd);
  // Packing in the background would move the objects that are counted.
  const quiet = ["-c", "gc.auto=0", ...args];
  return execFileSync("git", quiet, { cwd, env, encoding: "utf8", stdio: "pipe" }).trim();
}

/**
 * Writes a repository with one commit: so many source files of about 1 KiB, and the named files.
 */
export function makeRepository(
  top: string,
  {
    files,
    named = {},
  }: { readonly files: number; readonly named?: Readonly<Record<string, string>> },
): string {
  for (let at = 0; at < files; at += 1) {
    write(join(top, `src/part-${at % 50}/file-${at}.txt`), `line of file ${at}\n`.repeat(60));
  }
  for (const [path, text] of Object.entries(named)) write(join(top, path), text);
  git(top, "init", "--quiet", "--initial-branch=main");
  git(top, "add", "--all");
  git(top, "commit", "--quiet", "--message", "First");
  return top;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

export async function openBenchGround(top: string, env: ExactEnv): Promise<Ground> {
  return await openGround({
    folder: top,
    env,
    pleach: [process.execPath, launcher],
    fault: noFault,
  });
}

/** Ends every worker, whatever it does. */
export async function endWorkers(ground: Ground): Promise<void> {
  await Promise.all(openWorkers(ground.store).map((worker) => endWorker(ground, worker)));
}

/** Waits for something to become true; nothing here may take longer than a minute. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const limit = performance.now() + 60_000;
  while (!holds()) {
    if (performance.now() > limit) throw new Error(`a minute has passed without: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
