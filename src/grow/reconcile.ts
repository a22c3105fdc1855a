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

/** What has become of a worker that was thought to run. */
export interface WorkerFate {
  readonly worker: WorkerId;
  readonly track: TrackName;
  readonly fate: "alive" | "lost" | "stopped" | "unknown";
}

/**
 * Holds the recorded workers against the processes there are: a worker whose supervisor is gone is
 * lost once everything it left is ended; one that was being stopped is stopped; one that cannot be
 * looked at is unknown, and stays so until it can.
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

/** In what time a starter starts what it has written down. */
const startMs = 30_000;

async function supervisorLife({ clock }: Ground, worker: Worker): Promise<Liveness> {
  if (worker.supervisor !== null) return await liveness(worker.supervisor);
  // Made, but never seen: its starter may be about to start it, or it has not yet said who it is.
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
 * A worker that had said it was done before its supervisor died is judged as if it had ended; all
 * others leave their track growing, to be started again.
 */
async function settleLost(ground: Ground, config: Config, worker: Worker): Promise<void> {
  const track = findTrack(ground.store, worker.track);
  const said = findWorker(ground.store, worker.id) ?? worker;
  const at = { track: worker.track, worker: worker.id };
  if (said.at.state === "blocked" && said.at.reason === "limit") {
    // It met a limit, and was lost before its track could be told: no loss, it waits.
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
