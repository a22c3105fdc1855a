import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, onTestFinished } from "vitest";
import type { Config } from "../../src/ground/config/config.ts";
import { loadConfig } from "../../src/ground/config/load.ts";
import type { Ground } from "../../src/ground/ground.ts";
import type { TrackName } from "../../src/ground/ids.ts";
import { endAgentTree, endWorker } from "../../src/grow/turn/end-worker.ts";
import type { Track } from "../../src/track/track.ts";
import { trackFiles } from "../../src/track/track-files.ts";
import { findTrack } from "../../src/track/track-store.ts";
import { isOver } from "../../src/worker/worker.ts";
import { latestWorker, openWorkers } from "../../src/worker/worker-store.ts";
import { testEnv } from "./env.ts";
import { gitRepo, groundOf } from "./repo.ts";

const agents = join(import.meta.dirname, "../fixtures/agents");

/**
 * Makes a repository whose agents are the fixtures, each by its file's name; no process is left
 * running.
 */
export async function growRepo(
  toml = "",
  files: Readonly<Record<string, string>> = {},
): Promise<{ readonly ground: Ground; readonly config: Config; readonly top: string }> {
  const sections = readdirSync(agents).map((file) => {
    const name = basename(file, ".sh");
    return `[agents.${name}]\ncommand = [${JSON.stringify(join(agents, file))}]\n`;
  });
  const top = gitRepo({
    "README.md": "hello\n",
    "pleach.toml": `${toml}\n${sections.join("")}`,
    ...files,
  });
  const ground = await groundOf(top, { ...testEnv(), XDG_CONFIG_HOME: join(top, "../config") });
  onTestFinished(async () => {
    for (const worker of openWorkers(ground.store)) await endWorker(ground, worker);
  });
  return { ground, config: await loadConfig(ground), top };
}

/** Waits until a track's worker is over and no decision is open, and returns the track. */
export async function settled(ground: Ground, name: TrackName): Promise<Track> {
  // A failure shows the state in which the track stays, and its supervisor's output.
  await expect
    .poll(
      () => {
        const worker = latestWorker(ground.store, name);
        if (worker !== undefined && isOver(worker)) return "over";
        const log = trackFiles(ground.repo.stateDir, name).supervisorLog;
        return { at: worker?.at, said: existsSync(log) ? readFileSync(log, "utf8") : "" };
      },
      { timeout: 40_000, interval: 50, message: `the worker of ${name}` },
    )
    .toBe("over");
  const track = findTrack(ground.store, name);
  if (track === undefined) throw new Error(`${name} is no track`);
  return track;
}

/** Waits until a track's agent runs, and returns the worker. */
export async function working(ground: Ground, name: TrackName) {
  await expect
    .poll(() => latestWorker(ground.store, name)?.at.state, { timeout: 20_000, interval: 50 })
    .toBe("working");
  const worker = latestWorker(ground.store, name);
  if (worker === undefined) throw new Error(`${name} has no worker`);
  onTestFinished(async () => {
    await endAgentTree(ground, worker.id);
  });
  return worker;
}
