import { committerOf } from "../agents/known.ts";
import type { Config } from "../ground/config/config.ts";
import { elapsedSince } from "../ground/elapsed.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName, WorkerId } from "../ground/ids.ts";
import { findMarked } from "../ground/proc/find.ts";
import { isElsewhere, type Liveness, liveness } from "../ground/proc/identity.ts";
import { isPaused } from "../track/track.ts";
import { findTrack } from "../track/track-store.ts";
import type { Worker } from "../worker/worker.ts";
import { findWorker, openWorkers, recordWorker } from "../worker/worker-store.ts";
import { judge, recordDecision } from "./done/settle.ts";
import { accountOfAgent } from "./limits/login.ts";
import { endAgentTree, endWorker, supervisorMark } from "./turn/end-worker.ts";

/** The fate of a worker that was recorded as running. */
export interface WorkerFate {
  readonly worker: WorkerId;
  readonly track: TrackName;
  readonly fate: "alive" | "lost" | "stopped" | "unknown";
}

/**
 * Compares the recorded workers with the processes there are. A worker whose supervisor is gone is
 * lost once everything the worker left running is ended; a worker of a paused track is stopped; a
 * worker that cannot be looked at is unknown, and stays so until it can be looked at.
 */
export async function reconcileWorkers(
  ground: Ground,
  config: Config,
): Promise<readonly WorkerFate[]> {
  const workers = openWorkers(ground.store);
  return await Promise.all(
    workers.map(async (worker) => ({
      worker: worker.id,
      track: worker.track,
      fate: await reconcile(ground, config, worker),
    })),
  );
}

async function reconcile(
  ground: Ground,
  config: Config,
  worker: Worker,
): Promise<WorkerFate["fate"]> {
  const life = await supervisorLife(ground, worker);
  if (life === "unknown") {
    const who = worker.supervisor ?? worker.starter;
    const where = isElsewhere(who) ? "runs in another container (PID namespace) and " : "";
    return markUnknown(ground, worker, `its supervisor ${where}cannot be looked at`);
  }
  if (life === "alive") {
    const track = findTrack(ground.store, worker.track);
    if (track === undefined || !isPaused(track)) return "alive";
    return (await endWorker(ground, worker)).kind === "gone" ? "stopped" : "unknown";
  }
  const ended = await endAgentTree(ground, worker.id);
  if (ended.kind === "not-ended") return markUnknown(ground, worker, ended.why);
  await settleLost(ground, config, worker);
  return "lost";
}

/**
 * Time a starter has to start a worker it has recorded, 30 s; after that the worker counts as lost.
 */
const startMs = 30_000;

async function supervisorLife({ clock }: Ground, worker: Worker): Promise<Liveness> {
  if (worker.supervisor !== null) return await liveness(worker.supervisor);
  // Recorded, but no supervisor has reported yet: the starter may be about to start one, or the
  // supervisor has started and not yet recorded itself.
  const starter = await liveness(worker.starter);
  if (starter === "unknown") return "unknown";
  if (starter === "alive" && elapsedSince(worker.startedAt, clock.now()) < startMs) return "alive";
  const found = await findMarked(supervisorMark, worker.id);
  if (found.kind === "unknown") return "unknown";
  return found.processes.length > 0 ? "alive" : "gone";
}

function markUnknown(ground: Ground, worker: Worker, why: string): "unknown" {
  if (worker.at.state !== "unknown") {
    const at = { track: worker.track, worker: worker.id };
    recordWorker(ground, at, { type: "worker.unknown", why });
  }
  return "unknown";
}

/**
 * Settles a lost worker: if it had reported before its supervisor died, it is judged as if it had
 * ended; otherwise its track stays growing, to be started again.
 */
async function settleLost(ground: Ground, config: Config, worker: Worker): Promise<void> {
  const track = findTrack(ground.store, worker.track);
  const said = findWorker(ground.store, worker.id) ?? worker;
  const at = { track: worker.track, worker: worker.id };
  if (said.at.state === "blocked" && said.at.reason === "limit") {
    // The worker met a limit and was lost before its track was told: the track waits for the limit.
    const account = accountOfAgent(ground, config, worker.agent);
    const held = { kind: "hold", account, detail: said.at.detail } as const;
    return ground.store.transaction(() => {
      recordWorker(ground, at, { type: "worker.lost" });
      recordDecision(ground, worker, held);
    });
  }
  const decision =
    track?.at.state === "growing" && said.report !== null
      ? await judge(ground, {
          track,
          worker: said,
          failure: undefined,
          reminded: false,
          commit: committerOf(config, track),
          commitLimits: { hooksMs: config.hooks.timeoutMs },
        })
      : undefined;
  ground.store.transaction(() => {
    recordWorker(ground, at, { type: "worker.lost" });
    if (decision?.kind === "ready" || decision?.kind === "needs-human") {
      recordDecision(ground, worker, decision);
    }
  });
}
