import { mkdir } from "node:fs/promises";
import type { EpochMs } from "../ground/clock.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import { asWorkerId, type Sha, type TrackName, type WorkerId } from "../ground/ids.ts";
import { type HostChoice, type Mode, withoutWindow } from "../hosts/choice.ts";
import { headless } from "../hosts/headless.ts";
import type { Hosted, HostJob, HostWish } from "../hosts/host.ts";
import { lookForHost } from "../hosts/look.ts";
import { closeWindows, type TmuxPlace, tmuxHost } from "../hosts/tmux.ts";
import { trackFiles } from "../track/track-files.ts";
import { requireTrack } from "../track/track-store.ts";
import { type Carried, isOver, sessionOf, type Worker } from "../worker/worker.ts";
import { latestWorker, recordWorker, workersOf } from "../worker/worker-store.ts";
import { recordDecision } from "./done/settle.ts";
import { spentBy } from "./limits/budget.ts";
import { supervisorMark } from "./turn/end-worker.ts";
import { workerEnvironment } from "./worktree/environment.ts";

export interface NewWorker {
  readonly id: WorkerId;
  readonly track: TrackName;
  readonly agent: string;
  /** The tip that a landing has just refused; null keeps the last worker's refused tip. */
  readonly refusedTip: Sha | null;
  /** Whether a person said go on: budget spent by former workers counts no more. */
  readonly afresh: boolean;
}

const carriedFrom = (last: Worker, now: EpochMs): Carried => ({
  before: spentBy(last, now),
  warned: last.warned,
  renewals: last.renewals,
});

/**
 * Records a worker that is about to be launched; called in the transaction that starts its track.
 */
export function createWorker(ground: Ground, worker: NewWorker): void {
  const { id, track, agent, refusedTip, afresh } = worker;
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
      ...(last === undefined || afresh ? {} : { carried: carriedFrom(last, ground.clock.now()) }),
      session: last?.agent === agent ? sessionOf(last) : null,
    },
  );
}

export type Launched =
  | { readonly kind: "started"; readonly worker: WorkerId }
  | { readonly kind: "failed"; readonly reason: string };

/** Where and how a worker is to run, as far as a person says so now. */
export interface Wish {
  readonly host?: HostWish | undefined;
  readonly mode?: Mode | undefined;
}
/**
 * Options of node that keep a supervisor small: there is one for each worker, with little to do.
 */
const frugal = ["--max-semi-space-size=1"];

/**
 * Asks the host to run the supervisor of a worker; the supervisor goes on without this process.
 * @param wish where and how to run the worker, when not as its track says
 */
export async function launchWorker(
  ground: Ground,
  track: TrackName,
  id: WorkerId,
  wish: Wish = {},
): Promise<Launched> {
  const { repo, invocation } = ground;
  const [node, ...launcher] = invocation.pleach;
  const files = trackFiles(repo.stateDir, track);
  await mkdir(files.folder, { recursive: true, mode: 0o700 });
  const hosted = await host(ground, track, wish, {
    id,
    label: track,
    argv: [node, ...frugal, ...launcher, "supervise", id],
    // Not in the worktree: the supervisor must survive an agent that deletes the worktree.
    cwd: repo.mainTop,
    env: { ...workerEnvironment(ground, repo.mainTop), [supervisorMark]: id },
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

/** Starts a supervisor on the wanted host; else without a window, which is recorded. */
async function host(ground: Ground, name: TrackName, wish: Wish, job: HostJob): Promise<Hosted> {
  const track = requireTrack(ground.store, name);
  const asked = { wish: wish.host ?? track.host, mode: wish.mode ?? track.mode };
  const choice = await lookForHost(asked, job.env);
  const record = (where: HostChoice): void => {
    const at = { track: name, worker: asWorkerId(job.id) };
    recordWorker(ground, at, { type: "worker.hosted", ...where });
  };
  record(choice);
  if (choice.host === "headless") return await headless.start(job);
  const hosted = await tmuxHost(tmuxPlace(ground)).start(job);
  if (hosted.kind === "started") return hosted;
  const { mode } = choice;
  const lost = `tmux did not start (${hosted.why}), so ${withoutWindow(mode)}`;
  record({ host: "headless", mode, lost });
  return await headless.start(job);
}

/** Closes the windows of a track that is over, as no person has to look at them any more. */
export async function closeWindowsOf(ground: Ground, track: TrackName): Promise<void> {
  const inTmux = workersOf(ground.store, track, 0).some((worker) => worker.host === "tmux");
  if (inTmux) await closeWindows(tmuxPlace(ground), track, ground.clock);
}

/** The place of this repository's tmux server. */
export function tmuxPlace({ repo, env, invocation }: Ground): TmuxPlace {
  const { commonDir, stateDir } = repo;
  return { commonDir, stateDir, env, pleach: invocation.pleach };
}

/**
 * Refuses to start a track until its last process tree is proven gone.
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
