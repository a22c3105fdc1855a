import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Ground } from "../../src/ground/ground.ts";
import { findProgram } from "../../src/ground/proc/path.ts";
import { tmuxPlace } from "../../src/grow/launch.ts";
import { socketName } from "../../src/hosts/tmux-lines.ts";
import { testEnv } from "./env.ts";

/** Speaks with the tmux server of a repository; the server is killed when the test is over. */
export function serverOf(ground: Ground): (...words: readonly string[]) => string {
  const say = (...words: readonly string[]): string => {
    const argv = ["-L", socketName(tmuxPlace(ground).commonDir), ...words];
    const { TMUX: _, TMUX_TMPDIR: __, ...env } = testEnv();
    const { stdout, stderr } = spawnSync("tmux", argv, { env, encoding: "utf8" });
    return (stdout + stderr).trimEnd();
  };
  onTestFinished(() => void say("kill-server"));
  return say;
}

/**
 * Makes tmux notice ended children: tmux 3.3a now and then does not notice that a child has ended,
 * and cannot say how; the end of another child makes it look.
 */
export const wake = (server: ReturnType<typeof serverOf>): void => void server("run-shell", "true");

/** Builds a PATH that has the given programs, and nothing else. */
export function pathWith(folder: string, programs: readonly string[]): string {
  const bin = join(folder, "only-these");
  mkdirSync(bin);
  for (const name of programs) {
    const found = findProgram(name, testEnv(), "/");
    if (found === undefined) throw new Error(`${name} is not on PATH`);
    symlinkSync(found, join(bin, name));
  }
  return bin;
}
