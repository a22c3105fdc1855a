import { mkdir } from "node:fs/promises";
import { ExitCode, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import type { Sha, TrackName, WorkerId } from "../ground/ids.ts";
import { headless } from "../hosts/headless.ts";
import { supervisorMark } from "./end-worker.ts";
import { workerEnvironment } from "./environment.ts";
import { recordDecision } from "./settle.ts";
import { trackFiles } from "./track-files.ts";
import { requireTrack } from "./track-store.ts";
import { isOver, sessionOf } from "./worker.ts";
import { latestWorker, recordWorker, workersOf } from "./worker-store.ts";

export interface NewWorker {
  readonly id: WorkerId;
  readonly track: TrackName;
  readonly agent: string;
  /** The tip a landing has just refused; null: what was refused before still is. */
  readonly refusedTip: Sha | null;
}

/** Writes down a worker that is about to be launched; in the transaction that starts its track. */
export function createWorker(ground: Ground, worker: NewWorker): void {
  const { id, track, agent, refusedTip } = worker;
  const former = workersOf(ground.store, track, requireTrack(ground.store, track).createdAt);
  const last = former.at(-1);
  recordWorker(
    ground,
    { track, worker: id },
    {
      type: "worker.created",
      worker: id,
      agent,
      attempt: former.length + 1,
      starter: ground.self,
      refusedTip: refusedTip ?? last?.refusedTip ?? null,
      session: last?.agent === agent ? sessionOf(last) : null,
    },
  );
}

export type Launched =
  | { readonly kind: "started"; readonly worker: WorkerId }
  | { readonly kind: "failed"; readonly reason: string };

/** Asks the host to run the supervisor of a worker; it goes on without us. */
export async function launchWorker(
  ground: Ground,
  track: TrackName,
  id: WorkerId,
): Promise<Launched> {
  const { repo, invocation } = ground;
  const files = trackFiles(repo.stateDir, track);
  await mkdir(files.folder, { recursive: true, mode: 0o700 });
  const hosted = await headless.start({
    argv: [...invocation.pleach, "supervise", id],
    // Not in the worktree: its supervisor must survive an agent that deletes it.
    cwd: repo.mainTop,
    env: { ...workerEnvironment(ground.env, repo.mainTop), [supervisorMark]: id },
    outputFile: files.supervisorLog,
  });
  if (hosted.kind === "started") return { kind: "started", worker: id };
  const reason = `its supervisor could not be started: ${hosted.why}`;
  ground.store.transaction(() => {
    recordWorker(ground, { track, worker: id }, { type: "worker.lost" });
    const decision = { kind: "needs-human", reason: "agent-failed", detail: reason } as const;
    recordDecision(ground, { id, track }, decision);
  });
  return { kind: "failed", reason };
}

/**
 * Nothing starts on a track until its last process tree is proven gone.
 * @throws PleachError `worker/alive` (exit 1)
 */
export async function requireEnded(
  { store }: Pick<Ground, "store">,
  track: TrackName,
): Promise<void> {
  const worker = latestWorker(store, track);
  if (worker === undefined || isOver(worker)) return;
  throw new PleachError({
    code: "worker/alive",
    message: `the last worker of track ${track} (${worker.id}) is ${worker.at.state}: it is not proven gone`,
    hint: `pleach stop ${track}, then again`,
    exitCode: ExitCode.failed,
  });
}
