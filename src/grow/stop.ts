import { ExitCode, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import { recordTrack, requireTrack } from "../track/track-store.ts";
import { isOver } from "../worker/worker.ts";
import { latestWorker } from "../worker/worker-store.ts";
import { endWorker, type WorkerEnd } from "./turn/end-worker.ts";

/**
 * Ends the worker of a track for a while. The pause is recorded first, so that no process starts
 * the track before `resumeTrack` does, with the same session in the same worktree. An interrupted
 * pause is finished by `reconcileWorkers`.
 * @throws PleachError `track/not-growing`
 */
export async function pauseTrack(ground: Ground, name: TrackName): Promise<WorkerEnd> {
  const { at } = requireTrack(ground.store, name);
  if (at.state !== "growing" && at.state !== "held") {
    throw new PleachError({
      code: "track/not-growing",
      message: `track ${name} is ${at.state}: there is no worker to pause`,
      hint: `pleach status ${name} shows where it stands`,
      exitCode: ExitCode.failed,
    });
  }
  const detail = `paused by a person; pleach resume ${name} goes on where it was`;
  recordTrack(ground, name, { type: "track.blocked", reason: "paused", detail });
  await ground.fault("pause:recorded");
  return await endLatest(ground, name);
}

/**
 * Ends the worker of a track; branch and worktree stay. The stop is recorded first, so that no
 * process starts the track while its processes end; an interrupted stop is finished by
 * `reconcileWorkers`.
 */
export async function stopTrack(ground: Ground, name: TrackName): Promise<WorkerEnd> {
  const { at } = requireTrack(ground.store, name);
  if (at.state === "growing" || at.state === "handed-back" || at.state === "held") {
    const detail = `stopped by a person; pleach start ${name} goes on`;
    recordTrack(ground, name, { type: "track.blocked", reason: "stopped", detail });
  }
  return await endLatest(ground, name);
}

async function endLatest(ground: Ground, name: TrackName): Promise<WorkerEnd> {
  const worker = latestWorker(ground.store, name);
  if (worker === undefined || isOver(worker)) return { kind: "gone" };
  return await endWorker(ground, worker);
}
