import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import { endWorker, type WorkerEnd } from "./end-worker.ts";
import { recordTrack, requireTrack } from "./track-store.ts";
import { isOver } from "./worker.ts";
import { latestWorker } from "./worker-store.ts";

/**
 * Ends the worker of a track; branch and worktree stay. That it is stopped is recorded first, so
 * that nobody starts it again while its processes end, and an interrupted stop is finished by
 * `reconcileWorkers`.
 */
export async function stopTrack(ground: Ground, name: TrackName): Promise<WorkerEnd> {
  const { at } = requireTrack(ground.store, name);
  if (at.state === "growing" || at.state === "handed-back" || at.state === "held") {
    const detail = `stopped by a person; pleach start ${name} goes on`;
    recordTrack(ground, name, { type: "track.blocked", reason: "stopped", detail });
  }
  const worker = latestWorker(ground.store, name);
  if (worker === undefined || isOver(worker)) return { kind: "gone" };
  return await endWorker(ground, worker);
}
