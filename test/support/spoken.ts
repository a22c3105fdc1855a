import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect } from "vitest";
import type { Ground } from "../../src/ground/ground.ts";
import { startTrack } from "../../src/grow/start.ts";
import type { TrackSeed } from "../../src/track/track.ts";
import { growRepo } from "./grow.ts";
import { trackSeed } from "./track.ts";

/*
 * A program that speaks as Claude Code does, started by its adapter; its task decides its
 * behaviour.
 */

const programs = join(import.meta.dirname, "../fixtures/programs");

/** Starts that program on a task; its session is kept beside the repository. */
export async function startSpoken(task: string, agent = "claude", toml = "") {
  const { ground: plain, config, top } = await growRepo(toml);
  const path = `${programs}${delimiter}${plain.env["PATH"]}`;
  const own = { CLAUDE_CONFIG_DIR: join(top, "../claude"), CODEX_HOME: join(top, "../codex") };
  const env = { ...plain.env, PATH: path, ...own };
  const ground: Ground = { ...plain, env };
  const seed = trackSeed(ground, task, { agent, prompt: `task-${task}` });
  await startTrack(ground, config, seed);
  return { ground, config, seed, top, env };
}

/** Lists everything that came before the program's model, in order. */
export const saidTo = ({ worktree }: TrackSeed): readonly string[] => {
  const file = join(worktree, ".pleach/said");
  const lines = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
  return lines.map((line) => JSON.parse(line) as string);
};

/** Waits until the program has begun its first turn. */
export async function turnBegun(seed: TrackSeed): Promise<void> {
  await expect.poll(() => saidTo(seed).length, { timeout: 30_000 }).toBeGreaterThan(0);
}

/** Lets the program's turn end. */
export const openDoor = ({ worktree }: TrackSeed): void =>
  writeFileSync(join(worktree, ".pleach/door"), "");
