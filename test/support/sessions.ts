import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { expect } from "vitest";
import type { Config } from "../../src/ground/config/config.ts";
import type { Ground } from "../../src/ground/ground.ts";
import { startTrack } from "../../src/grow/start.ts";
import type { TrackSeed } from "../../src/track/track.ts";
import type { Worker } from "../../src/worker/worker.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { growRepo } from "./grow.ts";
import { git } from "./repo.ts";
import { trackSeed } from "./track.ts";

const programs = join(import.meta.dirname, "../fixtures/programs");

/** Builds an environment in which `claude` is the fixture that speaks as Claude Code does. */
export const withFixtures = <Env extends { readonly [name: string]: string }>(env: Env) => ({
  ...env,
  PATH: `${programs}${delimiter}${env["PATH"]}`,
});

export interface Kept {
  readonly ground: Ground;
  readonly config: Config;
  readonly seed: TrackSeed;
  /** The worker in the middle of its work, with `dirty.txt` uncommitted. */
  readonly worker: Worker;
}

/** Starts a track whose agent keeps its session, and works until `letGo`. */
export async function keptTrack(changes: Partial<TrackSeed> = {}): Promise<Kept> {
  const { ground: plain, config } = await growRepo();
  const ground = { ...plain, env: withFixtures(plain.env) };
  const seed = trackSeed(ground, "auth", { agent: "claude", prompt: "task-keep", ...changes });
  expect(await startTrack(ground, config, seed)).toMatchObject({ kind: "started" });
  const worker = await atWork(ground, seed, 1);
  // The agent tells of an edit before it makes it.
  const written = () => readFileSync(join(seed.worktree, "dirty.txt"), "utf8");
  await expect.poll(written).toBe("half\n");
  return { ground, config, seed, worker };
}

/**
 * Waits until a track's agent has started for the nth time and got to work, and returns its worker.
 */
export async function atWork(
  ground: Ground,
  seed: Pick<TrackSeed, "name" | "worktree">,
  start: number,
): Promise<Worker> {
  await expect
    .poll(() => lines(seed, "lives").length, { timeout: 30_000, interval: 50 })
    .toBeGreaterThanOrEqual(start);
  const [pid] = lines(seed, "lives").slice(-1);
  const known = () => {
    const worker = latestWorker(ground.store, seed.name);
    return [String(worker?.agentProcess?.pid), worker?.signals.some(isAtWork)];
  };
  await expect.poll(known, { timeout: 20_000, interval: 50 }).toEqual([pid, true]);
  const worker = latestWorker(ground.store, seed.name);
  if (worker === undefined) throw new Error(`${seed.name} has no worker`);
  return worker;
}

const isAtWork = ({ source, says }: Worker["signals"][number]): boolean =>
  source === "stream" && says === "working";

function lines({ worktree }: Pick<TrackSeed, "worktree">, file: string): readonly string[] {
  const path = join(worktree, ".pleach", file);
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
}

/** Lists everything said to the agent, in order. */
export const saidTo = (seed: Pick<TrackSeed, "worktree">): readonly string[] =>
  lines(seed, "said").map((line) => JSON.parse(line) as string);

/** Opens the door: the agent commits its changes, and ends its turn. */
export const letGo = ({ worktree }: Pick<TrackSeed, "worktree">): void =>
  writeFileSync(join(dirname(worktree), "door"), "");

/**
 * Expects that the session that began is the session that ended, its task was said to it once, no
 * other worker ran beside it, and its uncommitted changes were not lost.
 */
export function expectOneSession(
  { ground, seed, worker }: Pick<Kept, "ground" | "seed" | "worker">,
  starts: number,
): void {
  expect(latestWorker(ground.store, seed.name)?.sessionId).toBe(worker.sessionId);
  const said = saidTo(seed);
  expect(said).toHaveLength(starts);
  expect(said.filter((text) => text.includes("task-keep"))).toHaveLength(1);
  for (const text of said.slice(1)) expect(text).toMatch(/^# Go on\n/);
  expect(existsSync(join(seed.worktree, ".pleach/duplicate"))).toBe(false);
  expect(git(ground.repo.mainTop, "show", `${seed.branch}:dirty.txt`)).toBe("half");
}
